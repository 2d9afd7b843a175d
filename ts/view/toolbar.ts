/** The buttons below the drawing. */
import type { App } from './app.ts';
import { byId, element } from './dom.ts';
import { openFind, openKeys, zoom } from './keys.ts';

const NOTICE_MS = 5000;
const ZOOM = 1.3;

export class Toolbar {
  readonly #follow: HTMLButtonElement;
  readonly #notice = element('p', { class: 'notice', hidden: true });
  #timer = 0;

  constructor(app: App) {
    const button = (text: string, label: string, click: () => unknown, name = '') =>
      element('button', { 'aria-label': label, title: label, class: name, click: () => void click() }, text);
    this.#follow = button('Follow', 'Follow the newest blocks (f)', () => app.toggleFollow(), 'follow');
    const group = (...buttons: Node[]) => element('div', { class: 'group' }, ...buttons);
    byId('toolbar').replaceChildren(
      this.#notice,
      group(this.#follow),
      group(
        button('◀ Red', 'The red block before (r)', () => app.seek('red', 'back'), 'red'),
        button('Red ▶', 'The red block after (R)', () => app.seek('red', 'ahead'), 'red'),
      ),
      group(
        button('◀ Wide', 'The group of at least three parallel blocks before (p)', () =>
          app.seek('group', 'back'),
        ),
        button('Wide ▶', 'The group of at least three parallel blocks after (P)', () =>
          app.seek('group', 'ahead'),
        ),
      ),
      group(
        button('−', 'Zoom out (−)', () => zoom(app, 1 / ZOOM), 'icon'),
        button('+', 'Zoom in (+)', () => zoom(app, ZOOM), 'icon'),
      ),
      group(button('Find', 'Find a block (g)', openFind), button('?', 'Show the keys (?)', openKeys, 'icon')),
    );
    this.showFollowing(true);
  }

  showFollowing(isFollowing: boolean): void {
    this.#follow.setAttribute('aria-pressed', String(isFollowing));
  }

  notify(text: string): void {
    this.#notice.textContent = text;
    this.#notice.hidden = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#notice.hidden = true;
    }, NOTICE_MS);
  }
}
