import { render } from 'preact';
import { App } from './app';
import { me } from './api/client';
import { apply, change } from './state/settings';
import './styles/page.css';

apply();
const root = document.getElementById('app');
if (root) {
  void me().then(
    (who) => {
      change({ timeZone: who.time_zone === 'Local' ? Intl.DateTimeFormat().resolvedOptions().timeZone : who.time_zone });
      render(<App who={who} />, root);
    },
    (problem: unknown) => render(<App failed={problem} />, root),
  );
}
