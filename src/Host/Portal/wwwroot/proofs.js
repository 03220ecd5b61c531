// Passkeys and wallets: what the browser or a wallet signs is put into a form, which is sent as any other. Where nothing here
// can sign, the buttons stay away.

const ask = async (box, body) => {
  const answer = await fetch(box.dataset.ask, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
  });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.title);
  return told;
};

const hex = text => '0x' + [...new TextEncoder().encode(text)].map(byte => byte.toString(16).padStart(2, '0')).join('');

let wallet = window.ethereum;

const kinds = {
  passkey: {
    able: () => 'parseRequestOptionsFromJSON' in (window.PublicKeyCredential ?? {}),
    async sign(box, fields) {
      const { publicKey } = await ask(box, box.dataset.ticket ? { ticket: box.dataset.ticket } : {});
      const credential = 'make' in box.dataset
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
      fields.credential.value = JSON.stringify(credential.toJSON());
    },
  },
  wallet: {
    able: () => !!wallet,
    async sign(box, fields) {
      const [address] = await wallet.request({ method: 'eth_requestAccounts' });
      const chainId = BigInt(await wallet.request({ method: 'eth_chainId' })).toString();
      const { message } = await ask(box, { address, chainId });
      fields.message.value = message;
      fields.signature.value = await wallet.request({ method: 'personal_sign', params: [hex(message), address] });
    },
  },
};

const why = (fault, kind) => {
  if (fault.name === 'InvalidStateError') return 'This device has a passkey of your account already.';
  if (fault.name === 'NotAllowedError' || fault.code === 4001) return `Nothing was signed. Try again, or go on without a ${kind}.`;
  return fault.message || 'That did not work. Try again.';
};

const show = () => {
  for (const box of document.querySelectorAll('[data-proof]')) {
    if (!kinds[box.dataset.proof].able()) continue;
    box.hidden = false;
    box.closest('[data-proofs]')?.removeAttribute('hidden');
    for (const note of document.querySelectorAll(`[data-without="${box.dataset.proof}"]`)) note.hidden = true;
  }
};

document.addEventListener('submit', async event => {
  const box = event.target.closest('[data-proof]');
  if (!box) return;
  // What is sent comes later; the form is not sent until then.
  event.preventDefault();
  event.stopPropagation();
  const said = box.querySelector('[data-said]');
  const button = event.target.querySelector('button');
  said.textContent = '';
  button.setAttribute('aria-busy', 'true');
  try {
    await kinds[box.dataset.proof].sign(box, event.target.elements);
    event.target.submit();
  } catch (fault) {
    button.removeAttribute('aria-busy');
    said.textContent = why(fault, box.dataset.proof);
  }
}, true);

// Wallets that share the window announce themselves (EIP-6963).
addEventListener('eip6963:announceProvider', event => { wallet ??= event.detail.provider; show(); });
dispatchEvent(new Event('eip6963:requestProvider'));
show();
