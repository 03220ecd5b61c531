namespace Sluice.Kernel;

/// <summary>
/// What a route or a verb asks for. <see cref="Access"/> says which role has which. A name that ends in <c>Read</c>
/// changes nothing.
/// </summary>
public enum Permission
{
    // Of an organization.
    OrganizationRead,
    OrganizationWrite,
    OrganizationDelete,
    /// <summary>To make and unmake owners, and to hand ownership over.</summary>
    OwnersWrite,
    MembersRead,
    MembersWrite,
    AppsRead,
    AppsWrite,
    RulesWrite,
    LimitsWrite,
    KeysRead,
    KeysWrite,
    UsageRead,
    LogRead,
    TokensRead,
    TokensWrite,
    AuditRead,
    WebhooksRead,
    WebhooksWrite,
    AlertsRead,
    AlertsWrite,
    BillingRead,
    BillingWrite,
    /// <summary>To take all data of the organization along.</summary>
    DataExport,

    // Of the installation.
    OrganizationsRead,
    OrganizationsWrite,
    ServicesRead,
    ServicesWrite,
    PlansRead,
    PlansWrite,
    UsersRead,
    UsersWrite,
    OperatorTokensRead,
    OperatorTokensWrite,
    JobsRead,
    JobsWrite,
    SettingsRead,
    SettingsWrite,
    PlatformAuditRead,
    PlatformUsageRead,
    /// <summary>To open mail in the operators' inbox: it holds other people's links.</summary>
    MailOpen,

    // Of whoever is signed in.
    CatalogRead,
    /// <summary>To list the organizations that the actor may see.</summary>
    MembershipsRead,
    SelfRead,
    SelfWrite,
    /// <summary>Password, address, factors, sessions and own tokens: from a session alone, no token has it.</summary>
    SelfSecurity,
    OrganizationsCreate,
    /// <summary>To accept an invitation.</summary>
    OrganizationsJoin,
}

/// <summary>What a permission is about: one organization, the installation, or whoever asks.</summary>
public enum PermissionLevel
{
    Organization,
    Platform,
    Self,
}

/// <summary>What a member may do in an organization.</summary>
public enum OrganizationRole
{
    Owner,
    Admin,
    Developer,
    Billing,
    Viewer,
}

/// <summary>What a person may do in the installation, besides own organizations.</summary>
public enum PlatformRole
{
    None,
    Viewer,
    Operator,
}
