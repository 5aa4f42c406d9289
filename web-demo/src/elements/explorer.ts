import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';

import type { Description, UnknownCodes } from 'ninzu/worker';

import { eventOf, type NinzuEvents } from '../model/events';
import { examplesOf, type Example } from '../model/examples';
import { keepInAddress, readLink } from '../model/link';
import { save } from '../model/export';
import { Session } from '../model/session';
import { recall, remember, type Settings } from '../model/settings';
import { visible } from '../model/visible';
import { base } from '../style/base';
import { tokens } from '../style/tokens';
import { languageOf, Localizer } from '../text/localizer';
import { icon } from '../view/icons';
import { hatching, mark, markStyles } from '../view/interval';
import type { NinzuChart } from './chart';
import { explorerStyles } from './explorer.styles';
import { banner, openDropped } from './notice';
import type { NinzuSearch } from './search';
import type { NinzuText } from './text';
import { name as fileName, type NinzuShare } from './share';

/** A view under the map. Another one is one more entry here. */
const TABS = ['charts', 'steps', 'why', 'sql'] as const;
type Tab = (typeof TABS)[number];

/**
 * A release, explored: `<ninzu-explorer src="release/">`.
 *
 * @fires ninzu-query - another cohort: `{ text, query }`.
 * @fires ninzu-result - its answer: `{ answer }`.
 * @fires ninzu-error - what went wrong: `{ error }`.
 * @fires ninzu-settings - the reader chose a language or colours: `{ lang, theme }`.
 */
export class NinzuExplorer extends LitElement {
  static override styles = [tokens, base, markStyles, explorerStyles];

  /** The folder of the release. Without one, the reader chooses a release. */
  @property() src: string | undefined;
  /** The language: `en` or `ja`. */
  @property({ attribute: 'lang', reflect: true }) language = '';
  /** The colours: `light` or `dark`; the device's if there is none. */
  @property({ reflect: true }) theme: string | undefined;
  /** The key under which the page's address holds the cohort; `linked` alone means `q`. */
  @property() linked: string | undefined;
  /** The question that is asked first, as text or as JSON; everyone if there is none. A link's comes before it. */
  @property() query: string | undefined;
  /** Accept a release without a passed audit. */
  @property({ type: Boolean }) unaudited = false;
  /** The public keys, separated by spaces, of which one must have signed the release: `RW…`, or `NAME=RW…`. */
  @property() trust: string | undefined;
  /** What codes mean that the release does not name: `error`, `rare` or `anything`; the engine's rule if nothing is said. */
  @property({ attribute: 'unknown-codes' }) unknownCodes: UnknownCodes | undefined;
  /** Keep the release on the device, for use without a network. */
  @property({ type: Boolean }) offline = false;
  /** Leave out the brand, for pages that have their own head. */
  @property({ type: Boolean }) embedded = false;
  /** Questions to start from; the release's own if there are none. */
  @property({ attribute: false }) examples: readonly Example[] | undefined;
  /** What is shown. */
  @property({ attribute: false }) session = new Session();

  @state() private ui = new Localizer('en');
  @state() private tab: Tab = 'charts';
  /** From the first time on: what was typed stays. */
  @state() private hasSql = false;
  @state() private target: number | undefined;
  @state() private isSheet = false;
  @state() private isDropping = false;
  @state() private isOnline = navigator.onLine;
  @state() private otherRelease = false;
  @state() private singleKeys = recall('ninzu-keys') !== 'off';
  @query('ninzu-search') private readonly search!: NinzuSearch | null;
  @query('ninzu-chart') private readonly chart!: NinzuChart | null;
  @query('ninzu-share') private readonly share!: NinzuShare | null;
  @query('dialog.about') private readonly about!: HTMLDialogElement;
  @query('dialog.help') private readonly help!: HTMLDialogElement;

  readonly #listening = new AbortController();
  #exampled: unknown;

  override connectedCallback(): void {
    super.connectedCallback();
    const { signal } = this.#listening;
    this.session.addEventListener('change', () => this.#changed(), { signal });
    for (const type of ['ninzu-query', 'ninzu-result', 'ninzu-error'] as const) {
      this.session.addEventListener(type, (event) => this.#pass(type, (event as CustomEvent).detail), { signal });
    }
    addEventListener('hashchange', this.#linked, { signal });
    addEventListener('keydown', this.#key, { signal });
    addEventListener('online', () => (this.isOnline = true), { signal });
    addEventListener('offline', () => (this.isOnline = false), { signal });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    // An element that is only moved is connected again at once.
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#listening.abort();
      this.session.dispose();
    });
  }

  protected override willUpdate(changed: PropertyValues): void {
    const language = languageOf(this.language || document.documentElement.lang || navigator.language);
    if (this.ui.language !== language || this.ui.catalogue !== this.session.catalogue) this.ui = new Localizer(language, this.session.catalogue);
    if (changed.has('src') && this.src !== undefined) this.#openSource();
    else if (changed.has('query') && this.session.phase !== 'empty') void this.session.setText(this.#asked());
  }

  /** What is asked before the reader asks something. */
  #asked(): string {
    const linked = this.linked === undefined ? {} : readLink(this.linked || 'q');
    return linked.text ?? this.query ?? 'everyone';
  }

  #openSource(): void {
    this.session.text = this.#asked();
    this.session.unknownCodes = this.unknownCodes;
    const trust = this.trust?.split(/\s+/).filter((key) => key !== '');
    void this.session.open(this.src!, { unaudited: this.unaudited, offline: this.offline, ...(trust && { trust }) });
  }

  override render(): TemplateResult {
    const { session, ui } = this;
    return html`
      <div
        @ninzu-add=${this.#add}
        @ninzu-add-end=${() => (this.target = undefined)}
        @ninzu-added=${() => this.target === undefined && (this.isSheet = false)}
        @dragenter=${this.#dragged}
        @dragover=${this.#dragged}
        @dragleave=${(event: DragEvent) => event.relatedTarget === null && (this.isDropping = false)}
        @drop=${this.#drop}
      >
        ${this.#header()} ${this.isOnline || session.phase !== 'open' ? nothing : banner(ui.t.states.offlineNow)}
        ${session.phase === 'open' && session.isLocal ? this.#localBanner() : nothing}
        ${this.otherRelease && session.phase === 'open' ? banner(ui.t.otherRelease) : nothing}
        ${session.phase === 'open' ? this.#open() : html`<ninzu-notice .session=${session} .ui=${ui}></ninzu-notice>`} ${this.#dialogs()}
        ${this.isDropping ? html`<div class="drop">${ui.t.states.drop}</div>` : nothing}
      </div>
    `;
  }

  #header(): TemplateResult {
    const { session, ui } = this;
    const { description } = session;
    const { t } = ui;
    const isGood = description?.protection.audited === true || description?.protection.by !== 'ninzu';
    const trust = description ? this.#trust(description) : '';
    const theme = this.theme === 'dark' ? 'dark' : this.theme === 'light' ? 'light' : 'auto';
    const next = { auto: 'light', light: 'dark', dark: undefined }[theme];
    return html`<header part="header">
      ${this.embedded ? nothing : html`<h1 class="brand">Ninzu <span class="muted" lang="ja">人数</span></h1>`}
      <span class="title">
        ${description ? html`${ui.label(description.title)}${description.reference_date ? html` <span class="muted">· ${t.asOf(visible(description.reference_date))}</span>` : nothing}` : t.tagline}
      </span>
      ${description
        ? html`<button class="quiet trust ${isGood ? '' : 'poor'}" data-key="about" title=${t.aboutData} aria-haspopup="dialog" @click=${() => this.about.showModal()}>
            ${icon('shield')}${trust}
          </button>`
        : nothing}
      <div class="settings">
        <button data-key="language" lang=${ui.language === 'ja' ? 'en' : 'ja'} @click=${() => this.#set({ lang: ui.language === 'ja' ? 'en' : 'ja' })}>${t.other}</button>
        <button class="icon" data-key="theme" aria-label=${t.theme[theme]} title=${t.theme[theme]} @click=${() => this.#set({ theme: next })}>
          ${icon(theme === 'dark' ? 'moon' : theme === 'light' ? 'sun' : 'half')}
        </button>
        <button class="icon" data-key="help" aria-label=${t.keys} title=${t.keys} aria-haspopup="dialog" @click=${() => this.help.showModal()}>${icon('keyboard')}</button>
      </div>
    </header>`;
  }

  /** Who vouches for the release, in a few words. */
  #trust({ protection }: Description): string {
    const { t, language } = this.ui;
    const { signature } = this.session;
    const signed = signature && t.signedBy(signature.name, signature.key);
    const own = protection.by !== 'ninzu' ? t.protectedBy(visible(protection.by)) : !protection.audited ? t.notAudited : signed ? t.audited : t.auditedWord;
    return signed ? `${own}${language === 'ja' ? '、' : ', '}${signed}` : own;
  }

  #localBanner(): TemplateResult {
    const { ui } = this;
    return html`<p class="banner small" role="status">
      ${icon('folder')}${ui.t.localWhy} ${this.src === undefined ? nothing : html`<button class="quiet" data-key="back" @click=${this.#openSource}>${ui.t.states.back}</button>`}
    </p>`;
  }

  #open(): TemplateResult {
    const { session, ui } = this;
    const { answer, problem } = session;
    const count = answer && { ...answer.answer.records, status: answer.answer.status };
    return html`<div class="main-area ${problem ? 'wrong' : ''}">
        ${count ? html`<div class="pinned" aria-hidden="true"><span>${ui.withUnit(ui.short(count))}</span>${hatching()}${mark(count, count.upper ?? count.lower * 1.25)}</div>` : nothing}
        <div class="ask">
          <section class="panel cohort" aria-label=${ui.t.cohort}>
            <ninzu-builder exportparts="who, rows" .session=${session} .ui=${ui} .target=${this.target}></ninzu-builder>
            ${session.cohort.items.length === 0 ? this.#examples() : nothing}
            <details class="text">
              <summary>${ui.t.asText}</summary>
              <ninzu-text .session=${session} .ui=${ui}></ninzu-text>
            </details>
          </section>
          <section class="panel codes ${this.isSheet ? 'open' : ''}" aria-label=${ui.t.search} @keydown=${this.#sheetKey}>
            <button class="quiet sheet-close" data-key="sheet-close" @click=${this.#closeSheet}>${ui.t.done}</button>
            <ninzu-search exportparts="codes" .session=${session} .ui=${ui} .target=${this.target}></ninzu-search>
          </section>
        </div>
        <div class="answers">
          <section class="panel answer" aria-label=${ui.t.answer}>
            <ninzu-answer exportparts="headline, problem, centres" .session=${session} .ui=${ui} @ninzu-change-text=${this.#changeText}></ninzu-answer>
          </section>
          <section class="panel" aria-label=${ui.t.map} ?hidden=${problem !== undefined}><ninzu-map exportparts="map" .session=${session} .ui=${ui}></ninzu-map></section>
          <section class="panel" aria-label=${ui.t.charts} ?hidden=${problem !== undefined}>${this.#tabs()}</section>
          <section class="panel" aria-label=${ui.t.share} ?hidden=${problem !== undefined}>
            <ninzu-share .session=${session} .ui=${ui} .linked=${this.linked}></ninzu-share>
          </section>
        </div>
      </div>
      <p class="foot small">${ui.t.device}</p>`;
  }

  #examples(): TemplateResult | typeof nothing {
    const { session, ui } = this;
    if (!this.examples?.length) return nothing;
    return html`<div class="examples">
      <h3>${ui.t.examples}</h3>
      ${this.examples.map((one) => html`<button @click=${() => session.setText(one.text)}>${ui.label(one.title)}</button>`)}
    </div>`;
  }

  #tabs(): TemplateResult {
    const { session, ui, tab } = this;
    return html`
      <div class="tabs" role="tablist" aria-label=${ui.t.charts} @keydown=${this.#tabKey}>
        ${TABS.map(
          (one) => html`<button
            id="tab-${one}"
            role="tab"
            aria-selected=${one === tab}
            aria-controls="panel"
            tabindex=${one === tab ? 0 : -1}
            @click=${() => this.#show(one)}
          >
            ${ui.t[one]}
          </button>`,
        )}
      </div>
      <div class="tabpanel" id="panel" role="tabpanel" aria-labelledby="tab-${tab}">
        ${tab === 'charts'
          ? html`<ninzu-chart exportparts="chart" .session=${session} .ui=${ui}>
              <div class="pictures">
                <button data-key="save-svg" aria-label="${ui.t.save} ${ui.t.saveSvg}" @click=${() => this.#picture('svg')}>${ui.t.saveSvg}</button>
                <button data-key="save-png" aria-label="${ui.t.save} ${ui.t.savePng}" @click=${() => this.#picture('png')}>${ui.t.savePng}</button>
              </div>
            </ninzu-chart>`
          : tab === 'steps'
            ? html`<ninzu-steps .session=${session} .ui=${ui}></ninzu-steps>`
            : tab === 'why'
              ? html`<ninzu-why .session=${session} .ui=${ui}></ninzu-why>`
              : nothing}
        ${this.hasSql ? html`<ninzu-sql ?hidden=${tab !== 'sql'} .session=${session} .ui=${ui}></ninzu-sql>` : nothing}
      </div>
    `;
  }

  #dialogs(): TemplateResult {
    const { session, ui } = this;
    const { t } = ui;
    const closer = html`<button class="icon quiet" aria-label=${t.close} @click=${(event: Event) => (event.target as Element).closest('dialog')!.close()}>${icon('close')}</button>`;
    return html`
      <dialog class="about" aria-labelledby="about-title">
        <div class="dialog-head"><h2 id="about-title">${t.protection.title}</h2>${closer}</div>
        <div class="dialog-body"><ninzu-protection .session=${session} .ui=${ui}></ninzu-protection></div>
      </dialog>
      <dialog class="help narrow" aria-labelledby="help-title">
        <div class="dialog-head"><h2 id="help-title">${t.keys}</h2>${closer}</div>
        <div class="dialog-body">
          <dl class="keys">
            ${Object.entries(t.shortcuts).map(([key, what]) => html`<dt>${key}</dt><dd>${what}</dd>`)}
          </dl>
          <label class="check"><input type="checkbox" .checked=${this.singleKeys} @change=${this.#toggleKeys} />${t.singleKeys}</label>
        </div>
      </dialog>
    `;
  }

  // What happens.

  #changed(): void {
    this.requestUpdate();
    const { session } = this;
    const id = session.description?.id;
    if (this.linked !== undefined && id && !session.isLocal) {
      const { release } = readLink(this.linked || 'q');
      if (release) this.otherRelease = !id.startsWith(release);
    }
    if (session.phase !== 'open' || !session.catalogue || this.#exampled === session.catalogue || this.examples) return;
    const { catalogue } = session;
    this.#exampled = catalogue;
    session.once((release) => examplesOf(release, catalogue)).then(
      (examples) => (this.examples = examples),
      () => (this.examples = []),
    );
  }

  /** A session's event as the element's own. A cohort also goes into the page's address. */
  #pass<K extends keyof NinzuEvents>(type: K, detail: NinzuEvents[K]): void {
    const { session } = this;
    if (type === 'ninzu-query' && this.linked !== undefined && !session.isLocal) {
      const id = session.description?.id;
      keepInAddress(this.linked || 'q', { text: session.text, ...(id && { release: id }) });
    }
    this.dispatchEvent(eventOf(type, detail));
  }

  readonly #linked = (): void => {
    if (this.linked === undefined) return;
    const text = this.#asked();
    if (text !== this.session.text) void this.session.setText(text);
  };

  #set(settings: Settings): void {
    if (settings.lang !== undefined) this.language = settings.lang;
    if ('theme' in settings) this.theme = settings.theme;
    this.dispatchEvent(eventOf('ninzu-settings', { lang: this.language, theme: this.theme }));
  }

  #add(event: HTMLElementEventMap['ninzu-add']): void {
    this.target = event.detail?.into;
    this.isSheet = true;
    void this.updateComplete.then(() => this.search?.focusField());
  }

  /** Unfolds the text, with what is wrong with it selected. */
  #changeText(): void {
    this.renderRoot.querySelector<HTMLDetailsElement>('details.text')!.open = true;
    this.renderRoot.querySelector<NinzuText>('ninzu-text')!.go();
  }

  #closeSheet(): void {
    this.isSheet = false;
    this.target = undefined;
    this.renderRoot.querySelector('ninzu-builder')?.shadowRoot?.querySelector<HTMLElement>('[data-key=add]')?.focus();
  }

  #sheetKey(event: KeyboardEvent): void {
    if (event.key === 'Escape' && this.isSheet) this.#closeSheet();
  }

  #show(tab: Tab): void {
    this.tab = tab;
    this.hasSql ||= tab === 'sql';
  }

  #tabKey(event: KeyboardEvent): void {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    this.#show(TABS[(TABS.indexOf(this.tab) + step + TABS.length) % TABS.length]!);
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(`#tab-${this.tab}`)?.focus());
  }

  #toggleKeys(event: Event): void {
    this.singleKeys = (event.target as HTMLInputElement).checked;
    remember('ninzu-keys', this.singleKeys ? 'on' : 'off');
  }

  /** Single keys act where nothing is being typed, inside the element or where nothing has the focus. */
  readonly #key = (event: KeyboardEvent): void => {
    const [at] = event.composedPath();
    const isOurs = event.composedPath().includes(this) || at === document.body;
    const isTyping = at instanceof HTMLInputElement || at instanceof HTMLTextAreaElement || at instanceof HTMLSelectElement;
    if (!isOurs || this.session.phase !== 'open' || this.about.open || this.help.open) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'z' && !isTyping) {
      event.shiftKey ? this.session.redo() : this.session.undo();
      return event.preventDefault();
    }
    const isSearch = event.key === '/' && at instanceof HTMLSelectElement;
    if ((isTyping && !isSearch) || event.ctrlKey || event.metaKey || event.altKey || !this.singleKeys) return;
    if (event.key === '/') this.#add(eventOf('ninzu-add', this.target === undefined ? {} : { into: this.target }));
    else if (event.key === '?') this.help.showModal();
    else if (event.key.toLowerCase() === 'u') event.shiftKey ? this.session.redo() : this.session.undo();
    else return;
    event.preventDefault();
  };

  #dragged(event: DragEvent): void {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    this.isDropping = true;
  }

  #drop(event: DragEvent): void {
    this.isDropping = false;
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    this.session.text = 'everyone';
    void openDropped(this.session, event.dataTransfer).catch((error: unknown) => this.session.distrust(error));
  }

  async #picture(kind: 'svg' | 'png'): Promise<void> {
    const { session, ui, chart } = this;
    const bars = chart?.bars();
    if (!bars || !session.answer) return;
    const { pictureOf, pngOf, svgOf } = await import('../view/picture');
    const title = ui.t.by(ui.dimension(chart!.dimension));
    const picture = pictureOf(ui, title, ui.sentence(session.cohort), bars, this.share?.citation() ?? '');
    const file = `${fileName(session.answer)}-${chart!.dimension}.${kind}`;
    save(file, kind === 'svg' ? svgOf(picture, title) : await pngOf(picture));
  }
}
