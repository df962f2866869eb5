/** The page's own program: it puts the modules together, and draws what the session says. */
import { enableActions, loadActions, showActions } from './views/action-buttons.ts';
import { byId } from './views/dom.ts';
import { keyList } from './views/help.ts';
import { HoldControls } from './views/program-controls.ts';
import { listenToKeys, type Shortcut } from './views/keys.ts';
import { Session } from './model/session.ts';
import { readTrace } from './model/connection.ts';
import { makeTabs } from './views/tabs.ts';
import { Timeline } from './model/timeline.ts';
import { FdsView } from './views/fds.ts';
import { lanes } from './views/turn-cards.ts';
import { mechanics, type MechanicsTab } from './views/mechanics.ts';
import { tape } from './views/history.ts';
import { TransportView } from './views/page-controls.ts';

type Command = 'step' | 'back' | 'toggleRun' | 'check' | 'togglePredict' | 'follow' | 'expect';

const timeline = new Timeline();
const session = new Session(timeline);
const transport = new TransportView(timeline, session);
const lanesRoot = byId('lanes', HTMLDivElement);
const fds = new FdsView(byId('fd-table', HTMLDivElement));
const tapeRoot = byId('tape', HTMLDivElement);
const panel = byId('panel', HTMLDivElement);
const slider = byId('slider', HTMLInputElement);
const actionsRoot = byId('actions', HTMLDivElement);
const helpDialog = byId('help', HTMLDialogElement);

let tab: MechanicsTab = 'select';
let tabIsChosen = false;
let isDue = false;
let lastMs: number | undefined;
let drawn = '';

const selectTab = makeTabs(byId('tabs', HTMLDivElement), (name) => {
  tab = name as MechanicsTab;
  tabIsChosen = true;
  panel.setAttribute('aria-labelledby', `tab-${tab}`);
  document.body.dataset.tab = tab;
  drawSoon();
});

const hold = new HoldControls(timeline, command('expect'));

const shortcuts: readonly Shortcut[] = [
  { keys: ['ArrowRight', 'n'], help: 'the next turn, or the answer', run: command('step') },
  { keys: ['ArrowLeft', 'b'], help: 'the turn before', run: command('back') },
  { keys: [' '], help: 'run, or pause', run: command('toggleRun') },
  { keys: ['Enter'], help: 'check the prediction', run: command('check') },
  { keys: ['p'], help: 'predict, before each step, what will come back', run: command('togglePredict') },
  { keys: ['l'], help: 'the newest turn, and each that comes', run: command('follow') },
  { keys: ['Home'], help: 'the first turn', run: moving(() => timeline.first) },
  { keys: ['End'], help: 'the last turn', run: moving(() => timeline.length - 1) },
  { keys: ['1'], help: 'the turn as select', run: selecting('select') },
  { keys: ['2'], help: 'the turn as poll', run: selecting('poll') },
  { keys: ['3'], help: 'the turn as epoll', run: selecting('epoll') },
  { keys: ['4'], help: 'all three, side by side', run: selecting('all') },
  { keys: ['h'], help: 'hold the program between two turns, or let it go on', isLive: true, run: holding('toggle') },
  { keys: ['s'], help: 'one turn of the program that is held', isLive: true, run: holding('step') },
  { keys: ['?'], help: 'these keys', run: showHelp },
];

// The call that the program makes is the one to begin with.
function selectRealCall(): void {
  const backend = timeline.header?.backend;
  if (tabIsChosen || backend === undefined) return;
  selectTab(backend);
  tabIsChosen = true;
}

function selecting(name: MechanicsTab): () => void {
  return () => {
    selectTab(name);
  };
}

function moving(index: () => number): () => void {
  return () => {
    move(index());
  };
}

function holding(name: 'toggle' | 'step'): () => void {
  return () => {
    hold[name]();
  };
}

function showHelp(): void {
  helpDialog.showModal();
}

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
  hold.draw();
  if (view === undefined) return;
  const { state, progress, prediction } = view;
  // What is being ticked must not be built anew because a line has come.
  const now = [
    timeline.header?.date,
    state.index,
    state.turn.turn,
    state.during.length,
    state.isHeldAfter,
    progress,
    prediction,
    tab,
  ].join();
  if (now === drawn) return;
  drawn = now;
  lanesRoot.replaceChildren(...lanes(view, session.tick.bind(session)));
  fds.draw(view);
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
byId('help-button', HTMLButtonElement).addEventListener('click', showHelp);
listenToKeys(shortcuts);
selectTab(tab);
tabIsChosen = false;

const actions = await loadActions();
const isFile = actions.length === 0;
byId('happen', HTMLElement).hidden = isFile;
byId('intro-live', HTMLElement).hidden = isFile;
byId('intro-file', HTMLElement).hidden = !isFile;
byId('keys', HTMLDListElement).append(...keyList(shortcuts.filter((shortcut) => !isFile || !shortcut.isLive)));
showActions(actions, actionsRoot, byId('look', HTMLParagraphElement));
// A file is read from its beginning, a running program from where it is.
session.mode = isFile ? 'paused' : 'live';
readTrace(timeline, {
  changed() {
    selectRealCall();
    session.grown();
    drawSoon();
  },
  connection(state, reason) {
    transport.showConnection(isFile && (state === 'live' || state === 'ended') ? 'recorded' : state, reason);
    if (!isFile) hold.show(state === 'live');
    enableActions(actionsRoot, state === 'live');
    drawSoon();
  },
});
