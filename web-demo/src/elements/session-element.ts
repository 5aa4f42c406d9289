import { LitElement, type PropertyValues } from 'lit';
import { property } from 'lit/decorators.js';

import { Session } from '../model/session';
import { Ui } from '../text/ui';
import { figures } from '../view/interval';

/** An element that shows a session, in the language of the page. */
export abstract class SessionElement extends LitElement {
  /** What is shown. Several elements may show one session. */
  @property({ attribute: false }) session: Session = new Session();
  /** What is said, and how. */
  @property({ attribute: false }) ui: Ui = new Ui('en');

  readonly #changed = (): void => this.requestUpdate();
  #shown: Session | undefined;
  #unfollow: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#watch();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unwatch();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('session')) this.#watch();
  }

  protected override updated(_changed: PropertyValues): void {
    let most = 0;
    for (const words of this.renderRoot.querySelectorAll('.marked > .words')) most = Math.max(most, figures(words.textContent ?? ''));
    if (most > 0) this.style.setProperty('--_figures', String(most));
  }

  /** What the element asks of its session, for as long as it is shown. Returns what ends that. */
  protected follow(_session: Session): (() => void) | undefined {
    return undefined;
  }

  /** Asks anew, after what is asked changed. */
  protected refollow(): void {
    this.#unfollow?.();
    this.#unfollow = this.isConnected ? this.follow(this.session) : undefined;
  }

  #watch(): void {
    if (this.#shown === this.session || !this.isConnected) return;
    this.#unwatch();
    this.#shown = this.session;
    this.session.addEventListener('change', this.#changed);
    this.#unfollow = this.follow(this.session);
  }

  #unwatch(): void {
    this.#shown?.removeEventListener('change', this.#changed);
    this.#unfollow?.();
    this.#shown = this.#unfollow = undefined;
  }

  /** Tells those around. */
  protected tell(type: string, detail?: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}
