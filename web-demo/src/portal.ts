// A portal needs one line: the script. Here it also shows what the elements tell.
import './element';

for (const explorer of document.querySelectorAll('ninzu-explorer')) {
  explorer.addEventListener('ninzu-error', (event) => console.warn((event as CustomEvent).detail.error.message));
}
