/** The page's own program: it puts the modules together, and draws what the session says. */
import { loadActions, showActions } from './actions.ts';
import { byId } from './dom.ts';
import { keyList } from './help.ts';
import { listenToKeys, type Shortcut } from './keys.ts';
import { Session } from './session.ts';
import { readTrace } from './source.ts';
import { makeTabs } from './tabs.ts';
import { Timeline } from './timeline.ts';
import { fdTable } from './view-fds.ts';
import { lanes } from './view-lanes.ts';
import { mechanics, type MechanicsTab } from './view-mechanics.ts';
import { tape } from './view-tape.ts';
import { TransportView } from './view-transport.ts';

type Command = 'step' | 'back' | 'toggleRun' | 'check' | 'togglePredict' | 'follow';

const timeline = new Timeline();
const session = new Session(timeline);
const transport = new TransportView(timeline, session);
const lanesRoot = byId('lanes', HTMLDivElement);
const fdsRoot = byId('fd-table', HTMLDivElement);
const tapeRoot = byId('tape', HTMLDivElement);
const panel = byId('panel', HTMLDivElement);
const slider = byId('slider', HTMLInputElement);
const helpDialog = byId('help', HTMLDialogElement);

let tab: MechanicsTab = 'select';
let isDue = false;
let lastMs: number | undefined;
let drawn = '';

const selectTab = makeTabs(byId('tabs', HTMLDivElement), (name) => {
  tab = name as MechanicsTab;
  panel.setAttribute('aria-labelledby', `tab-${tab}`);
  document.body.dataset.tab = tab;
  drawSoon();
});

const shortcuts: readonly Shortcut[] = [
  { keys: ['ArrowRight', 'n'], help: 'the next turn, or the answer', run: command('step') },
  { keys: ['ArrowLeft', 'b'], help: 'the turn before', run: command('back') },
  { keys: [' '], help: 'run, or pause', run: command('toggleRun') },
  { keys: ['Enter'], help: 'check the prediction', run: command('check') },
  { keys: ['p'], help: 'predict, before each step, what will come back', run: command('togglePredict') },
  { keys: ['l'], help: 'the newest turn, and each that comes', run: command('follow') },
  {
    keys: ['Home'],
    help: 'the first turn',
    run: () => {
      move(timeline.first);
    },
  },
  {
    keys: ['End'],
    help: 'the last turn',
    run: () => {
      move(timeline.length - 1);
    },
  },
  {
    keys: ['1'],
    help: 'the turn as select',
    run: () => {
      selectTab('select');
    },
  },
  {
    keys: ['2'],
    help: 'the turn as poll',
    run: () => {
      selectTab('poll');
    },
  },
  {
    keys: ['3'],
    help: 'the turn as epoll',
    run: () => {
      selectTab('epoll');
    },
  },
  {
    keys: ['4'],
    help: 'all three, side by side',
    run: () => {
      selectTab('all');
    },
  },
  {
    keys: ['?'],
    help: 'these keys',
    run: () => {
      helpDialog.showModal();
    },
  },
];

function command(name: Command): () => void {
  return () => {
    if (timeline.length > 0) session[name]();
    drawSoon();
  };
}

function move(index: number): void {
  if (timeline.length > 0) session.moveTo(index);
  drawSoon();
}

// Once a frame at most, however many lines have come.
function drawSoon(): void {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame((nowMs) => {
    isDue = false;
    session.advance(nowMs - (lastMs ?? nowMs));
    lastMs = session.mode === 'running' ? nowMs : undefined;
    draw();
    if (session.mode === 'running') drawSoon();
  });
}

function draw(): void {
  const view = session.view();
  transport.draw(view);
  if (view === undefined) return;
  const { state, progress, prediction } = view;
  // What is being ticked must not be built anew because a line has come.
  const now = [
    timeline.header?.date,
    state.index,
    state.turn.turn,
    state.during.length,
    progress,
    prediction,
    tab,
  ].join();
  if (now === drawn) return;
  drawn = now;
  lanesRoot.replaceChildren(...lanes(view, session.tick.bind(session)));
  fdsRoot.replaceChildren(...fdTable(view));
  tapeRoot.replaceChildren(tape(view, timeline));
  panel.replaceChildren(...mechanics(view, tab));
  if (prediction === 'open') lanesRoot.querySelector('input')?.focus({ preventScroll: true });
}

for (const [id, name] of [
  ['back', 'back'],
  ['run', 'toggleRun'],
  ['step', 'step'],
  ['live', 'follow'],
  ['predict', 'togglePredict'],
] as const) {
  byId(id, HTMLButtonElement).addEventListener('click', command(name));
}
slider.addEventListener('input', () => {
  move(slider.valueAsNumber);
});
byId('help-button', HTMLButtonElement).addEventListener('click', () => {
  helpDialog.showModal();
});
byId('keys', HTMLDListElement).append(...keyList(shortcuts));
listenToKeys(shortcuts);
selectTab(tab);

const actions = await loadActions();
const isFile = actions.length === 0;
byId('happen', HTMLElement).hidden = isFile;
showActions(actions, byId('actions', HTMLDivElement), byId('look', HTMLParagraphElement));
// A file is read from its beginning, a running program from where it is.
session.mode = isFile ? 'paused' : 'live';
readTrace(timeline, {
  changed() {
    session.grown();
    drawSoon();
  },
  connection(state, reason) {
    transport.showConnection(isFile && (state === 'live' || state === 'ended') ? 'recorded' : state, reason);
    drawSoon();
  },
});
