// A portal needs one line: the script. Here it also shows what the elements tell.
import './define';

for (const explorer of document.querySelectorAll('ninzu-explorer')) {
  explorer.addEventListener('ninzu-error', ({ detail }) => console.warn(detail.error.message));
}
