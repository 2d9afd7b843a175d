/** The tabs, by the pattern of the ARIA Authoring Practices Guide: the arrow keys move between them. */
import { byId } from './dom.ts';

export type TabName = 'graph' | 'blocks' | 'reorgs' | 'work';

export class Tabs {
  readonly #names: readonly TabName[];
  readonly #onShow: () => void;
  #shown: TabName = 'graph';

  constructor(names: readonly TabName[], onShow: () => void) {
    this.#names = names;
    this.#onShow = onShow;
    for (const [index, name] of names.entries()) {
      const tab = byId(`tab-${name}`);
      tab.addEventListener('click', () => this.show(name));
      tab.addEventListener('keydown', (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (step === undefined) return;
        event.stopPropagation();
        const next = names[(index + step + names.length) % names.length]!;
        this.show(next);
        byId(`tab-${next}`).focus();
      });
    }
  }

  get shown(): TabName {
    return this.#shown;
  }

  show(name: TabName): void {
    if (name === this.#shown) return;
    this.#shown = name;
    document.body.dataset['tab'] = name;
    for (const each of this.#names) {
      const tab = byId(`tab-${each}`);
      tab.setAttribute('aria-selected', String(each === name));
      tab.tabIndex = each === name ? 0 : -1;
      byId(`panel-${each}`).hidden = each !== name;
    }
    this.#onShow();
  }
}
