import { render } from 'preact';
import { resume } from './client/sign-in.ts';
import { App } from './shell/app.tsx';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/layout.css';
import './styles/print.css';

const at = document.getElementById('desk');
if (at !== null) {
  render(<App />, at);
  void resume();
}
