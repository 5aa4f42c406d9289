import { LitElement, type PropertyValues } from 'lit';
import { property } from 'lit/decorators.js';

import { eventOf, type NinzuEvents } from '../model/events';
import { Session } from '../model/session';
import { Localizer } from '../text/localizer';
import { figures } from '../view/interval';

/** An element that shows a session, in the language of the page. */
export abstract class SessionElement extends LitElement {
  /** What is shown. Several elements may show one session. */
  @property({ attribute: false }) session: Session = new Session();
  /** What is said, and how. */
  @property({ attribute: false }) ui: Localizer = new Localizer('en');

  readonly #changed = (): void => this.requestUpdate();
  #shown: Session | undefined;
  #unsubscribe: (() => void) | undefined;

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
  protected subscribe(_session: Session): (() => void) | undefined {
    return undefined;
  }

  /** Asks anew, after what is asked changed. */
  protected resubscribe(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = this.isConnected ? this.subscribe(this.session) : undefined;
  }

  #watch(): void {
    if (this.#shown === this.session || !this.isConnected) return;
    this.#unwatch();
    this.#shown = this.session;
    this.session.addEventListener('change', this.#changed);
    this.#unsubscribe = this.subscribe(this.session);
  }

  #unwatch(): void {
    this.#shown?.removeEventListener('change', this.#changed);
    this.#unsubscribe?.();
    this.#shown = this.#unsubscribe = undefined;
  }

  /** Dispatches an event to those around. */
  protected emit<K extends keyof NinzuEvents>(type: K, ...[detail]: undefined extends NinzuEvents[K] ? [NinzuEvents[K]?] : [NinzuEvents[K]]): void {
    this.dispatchEvent(eventOf(type, detail as NinzuEvents[K]));
  }
}
