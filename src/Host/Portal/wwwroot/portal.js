// What pages do beyond HTML: copying, dialogs, menus that close, toasts that leave, buttons that are pressed once.
// Everything also works without it.

const closest = (event, selector) => event.target instanceof Element ? event.target.closest(selector) : null;

document.addEventListener('click', async event => {
  const copy = closest(event, '[data-copy]');
  if (copy) {
    await navigator.clipboard.writeText(copy.dataset.copy);
    const label = copy.getAttribute('aria-label');
    copy.classList.add('done');
    copy.setAttribute('aria-label', 'Copied');
    setTimeout(() => { copy.classList.remove('done'); copy.setAttribute('aria-label', label); }, 1600);
    return;
  }
  const opens = closest(event, '[data-dialog]');
  const dialog = opens && document.getElementById(opens.dataset.dialog);
  if (dialog && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    dialog.showModal();
    return;
  }
  const closes = closest(event, '[data-close]');
  if (closes) { event.preventDefault(); closes.closest('dialog')?.close(); }
  closest(event, '[data-dismiss]')?.closest('[data-toast]')?.remove();
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener('keydown', event => {
  if (event.key !== 'Escape') return;
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    menu.open = false;
    menu.querySelector('summary')?.focus();
  }
});

document.addEventListener('submit', event => {
  const form = event.target;
  if (!form.matches('[data-once]')) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = 'yes';
  // A short wait needs no sign.
  const button = event.submitter;
  setTimeout(() => button?.setAttribute('aria-busy', 'true'), 250);
});

// Back to a page that the browser kept: its buttons can be pressed again.
addEventListener('pageshow', event => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll('[data-sent]')) delete form.dataset.sent;
  for (const button of document.querySelectorAll('[aria-busy]')) button.removeAttribute('aria-busy');
});

for (const toast of document.querySelectorAll('[data-toast][role=status]')) {
  let timer = setTimeout(() => toast.remove(), 6000);
  const stay = () => clearTimeout(timer);
  toast.addEventListener('pointerenter', stay);
  toast.addEventListener('focusin', stay);
}

// On a phone the list of pages begins closed.
if (matchMedia('(max-width: 799px)').matches) document.querySelector('.book-pages details')?.removeAttribute('open');
