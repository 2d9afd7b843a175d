/** The keys, and the dialogs that they open. */
import type { App } from './app.ts';
import { byId, element } from './dom.ts';

interface Key {
  readonly keys: readonly string[];
  readonly shown: string;
  readonly does: string;
  act(app: App): unknown;
}

const ZOOM = 1.3;

const KEYS: readonly Key[] = [
  {
    keys: ['ArrowLeft'],
    shown: '←',
    does: 'select the block before on the chain',
    act: (app) => app.walk(-1, 0),
  },
  { keys: ['ArrowRight'], shown: '→', does: 'select the block after it', act: (app) => app.walk(1, 0) },
  { keys: ['ArrowUp'], shown: '↑', does: 'select the block above', act: (app) => app.walk(0, -1) },
  { keys: ['ArrowDown'], shown: '↓', does: 'select the block below', act: (app) => app.walk(0, 1) },
  { keys: ['r'], shown: 'r', does: 'the red block before', act: (app) => app.seek('red', 'back') },
  { keys: ['R'], shown: 'R', does: 'the red block after', act: (app) => app.seek('red', 'ahead') },
  {
    keys: ['p'],
    shown: 'p',
    does: 'the group of parallel blocks before',
    act: (app) => app.seek('group', 'back'),
  },
  {
    keys: ['P'],
    shown: 'P',
    does: 'the group of parallel blocks after',
    act: (app) => app.seek('group', 'ahead'),
  },
  { keys: ['g', '/'], shown: 'g', does: 'find a block by its hash', act: () => openFind() },
  { keys: ['f'], shown: 'f', does: 'follow the newest blocks, or stop', act: (app) => app.toggleFollow() },
  { keys: ['+', '='], shown: '+', does: 'zoom in', act: (app) => zoom(app, ZOOM) },
  { keys: ['-'], shown: '−', does: 'zoom out', act: (app) => zoom(app, 1 / ZOOM) },
  { keys: ['Escape'], shown: 'Esc', does: 'close the block', act: (app) => app.closeCard() },
  { keys: ['?'], shown: '?', does: 'show the keys', act: () => openKeys() },
];

export function bindKeys(app: App): void {
  document.addEventListener('keydown', (event) => {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector('dialog[open]') || target.matches('input, textarea')) return;
    const arrows = event.key.startsWith('Arrow');
    // Elsewhere, the arrow keys scroll.
    if (arrows && target !== document.body && target.id !== 'graph') return;
    const key = KEYS.find(({ keys }) => keys.includes(event.key));
    if (key === undefined) return;
    event.preventDefault();
    void key.act(app);
  });
  byId('find').addEventListener('submit', (event) => {
    event.preventDefault();
    void submit(app);
  });
  byId('find-cancel').addEventListener('click', () => byId<HTMLDialogElement>('find').close());
}

export function zoom(app: App, factor: number): void {
  const { graph } = app;
  // While it follows, the newest blocks stay where they are.
  graph.camera.zoom(factor, graph.following ? graph.camera.width : undefined);
  graph.changed();
}

export function openFind(): void {
  byId('find-problem').textContent = '';
  byId<HTMLDialogElement>('find').showModal();
  byId<HTMLInputElement>('find-hash').select();
}

export function openKeys(): void {
  byId('key-list').replaceChildren(
    ...KEYS.flatMap(({ shown, does }) => [
      element('dt', {}, element('kbd', {}, shown)),
      element('dd', {}, does),
    ]),
  );
  byId<HTMLDialogElement>('keys').showModal();
}

async function submit(app: App): Promise<void> {
  const problem = await app.find(byId<HTMLInputElement>('find-hash').value);
  byId('find-problem').textContent = problem ?? '';
  if (problem === undefined) byId<HTMLDialogElement>('find').close();
}
