-- Accounts of chains that signed for a person. A key signs on every chain alike (chain 0 here); a contract is another one on each
-- chain, so its chain is part of what it is.
CREATE TABLE tenants.wallets (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES tenants.users (id) ON DELETE CASCADE,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    address bytea NOT NULL CHECK (octet_length(address) = 20),
    chain_id numeric(20, 0) NOT NULL CHECK (chain_id >= 0),
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    UNIQUE (address, chain_id)
);

CREATE INDEX wallets_user ON tenants.wallets (user_id, id);
