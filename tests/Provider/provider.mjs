// Runs oidc-provider over TLS on a port of the system's choice, prints its address, and ends with whoever started it.
// What it needs stands in PROVIDER_SETTINGS: { modules, certificate, key, client, secret, redirect }.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { pathToFileURL } from 'node:url';

const settings = JSON.parse(process.env.PROVIDER_SETTINGS);
const library = pathToFileURL(`${settings.modules}/node_modules/oidc-provider/lib/index.js`);
const { Provider } = await import(library.href);

const server = createServer({ cert: readFileSync(settings.certificate), key: readFileSync(settings.key) });
server.listen(0, '127.0.0.1', () => {
  const issuer = `https://localhost:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: settings.client,
      client_secret: settings.secret,
      redirect_uris: [settings.redirect],
      token_endpoint_auth_method: 'client_secret_basic',
    }],
    // Whoever types a name is that person; the name is the address.
    findAccount: (context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: id, email_verified: !id.startsWith('unproved'), name: `Person ${id.split('@')[0]}` }),
    }),
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    pkce: { required: () => true },
    cookies: { keys: ['of the tests'] },
    features: { devInteractions: { enabled: true } },
    ttl: { Interaction: 600, Session: 600, Grant: 600, IdToken: 300, AccessToken: 300 },
  });
  server.on('request', provider.callback());
  console.log(`listening ${issuer}`);
});
