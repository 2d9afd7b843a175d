/** The page: puts its parts together. */
import { App } from './app.ts';
import { signIn } from './node.ts';

declare global {
  interface Window {
    /** For tests and measurements. */
    qanto: App;
  }
}

await signIn();
window.qanto = new App();
window.qanto.start();
