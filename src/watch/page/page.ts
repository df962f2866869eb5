// The page's own program: it connects the model with the views.
import { loadActions, readTrace } from './model/connection.ts';
import { Session } from './model/session.ts';
import { Timeline } from './model/timeline.ts';
import { enableActions, showActions } from './views/action-buttons.ts';
import { byId } from './views/dom.ts';
import { FdsView } from './views/fds.ts';
import { history } from './views/history.ts';
import { keyList, listenToKeys, type Shortcut } from './views/keys.ts';
import { mechanics, type MechanicsTab } from './views/mechanics.ts';
import { PageControls } from './views/page-controls.ts';
import { ProgramControls } from './views/program-controls.ts';
import { makeTabs } from './views/tabs.ts';
import { turnCards } from './views/turn-cards.ts';

type Command = 'step' | 'back' | 'toggleRun' | 'check' | 'togglePredict' | 'follow' | 'awaitTurn' | 'moveTo';

const timeline = new Timeline();
const session = new Session(timeline);
const controls = new PageControls(timeline, session);
const cardsRoot = byId('cards', HTMLDivElement);
const fds = new FdsView(byId('fd-table', HTMLDivElement));
const historyRoot = byId('history', HTMLDivElement);
const panel = byId('panel', HTMLDivElement);
const slider = byId('slider', HTMLInputElement);
const actionsRoot = byId('actions', HTMLDivElement);
const helpDialog = byId('help', HTMLDialogElement);

let tab: MechanicsTab = 'select';
let isTabChosen = false;
let isDrawDue = false;
let lastMs: number | undefined;
let drawn = '';

const selectTab = makeTabs(byId('tabs', HTMLDivElement), (name) => {
  tab = name as MechanicsTab;
  isTabChosen = true;
  panel.setAttribute('aria-labelledby', `tab-${tab}`);
  document.body.dataset.tab = tab;
  drawSoon();
});

const program = new ProgramControls(timeline, command('awaitTurn'));

const shortcuts: readonly Shortcut[] = [
  { keys: ['ArrowRight', 'n'], help: 'show the next turn, or the result of a prediction', run: command('step') },
  { keys: ['ArrowLeft', 'b'], help: 'show the turn before', run: command('back') },
  { keys: [' '], help: 'run through the turns, or pause', run: command('toggleRun') },
  { keys: ['Enter'], help: 'check the prediction', run: command('check') },
  { keys: ['p'], help: 'predict the result of each turn before it is shown', run: command('togglePredict') },
  { keys: ['l'], help: 'show the newest turn, and each new one', run: command('follow') },
  { keys: ['Home'], help: 'show the first turn', run: command('moveTo', 0) },
  { keys: ['End'], help: 'show the last turn', run: command('moveTo', Infinity) },
  { keys: ['1'], help: 'show the turn with select', run: selectTab.bind(null, 'select') },
  { keys: ['2'], help: 'show the turn with poll', run: selectTab.bind(null, 'poll') },
  { keys: ['3'], help: 'show the turn with epoll', run: selectTab.bind(null, 'epoll') },
  { keys: ['4'], help: 'show all three side by side', run: selectTab.bind(null, 'all') },
  { keys: ['h'], help: 'hold the program between two turns, or let it continue', isLive: true, run: program.toggle },
  { keys: ['s'], help: 'let the held program make one turn', isLive: true, run: program.step },
  { keys: ['?'], help: 'show these keys', run: showHelp },
];

/** The first tab is the call that the program makes. */
function selectRealCall(): void {
  const backend = timeline.header?.backend;
  if (isTabChosen || backend === undefined) return;
  selectTab(backend);
}

function showHelp(): void {
  helpDialog.showModal();
}

/** `index` is for `moveTo`. An index outside the trace means its first or last turn. */
function command(name: Command, index = 0): () => void {
  return () => {
    if (timeline.length > 0) session[name](index);
    drawSoon();
  };
}

/** Draws once in a frame, however many lines have been added. */
function drawSoon(): void {
  if (isDrawDue) return;
  isDrawDue = true;
  requestAnimationFrame((nowMs) => {
    isDrawDue = false;
    session.advance(nowMs - (lastMs ?? nowMs));
    lastMs = session.mode === 'running' ? nowMs : undefined;
    draw();
    if (session.mode === 'running') drawSoon();
  });
}

function draw(): void {
  const view = session.view();
  controls.draw(view);
  program.draw();
  if (view === undefined) return;
  const { state, progress, prediction } = view;
  // New lines must not rebuild the checkboxes that the learner is using.
  const now = [
    timeline.header?.date,
    state.index,
    state.turn.turn,
    state.during.length,
    state.isPausedAfter,
    progress,
    prediction,
    tab,
  ].join();
  if (now === drawn) return;
  drawn = now;
  cardsRoot.replaceChildren(...turnCards(view, session.tick.bind(session)));
  fds.draw(view);
  historyRoot.replaceChildren(history(view, timeline));
  panel.replaceChildren(...mechanics(view, tab));
  if (prediction === 'open') cardsRoot.querySelector('input')?.focus({ preventScroll: true });
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
  command('moveTo', slider.valueAsNumber)();
});
byId('help-button', HTMLButtonElement).addEventListener('click', showHelp);
listenToKeys(shortcuts);
selectTab(tab);
isTabChosen = false;

const actions = await loadActions();
const isFile = actions.length === 0;
byId('happen', HTMLElement).hidden = isFile;
byId('intro-live', HTMLElement).hidden = isFile;
byId('intro-file', HTMLElement).hidden = !isFile;
byId('keys', HTMLDListElement).append(...keyList(shortcuts.filter((shortcut) => !isFile || !shortcut.isLive)));
showActions(actions, actionsRoot, byId('look', HTMLParagraphElement));
// The page shows a file from its first turn, and a running program at its newest turn.
session.mode = isFile ? 'paused' : 'live';
readTrace(timeline, {
  changed() {
    selectRealCall();
    session.timelineGrew();
    drawSoon();
  },
  connection(state, reason) {
    controls.showConnection(isFile && (state === 'live' || state === 'ended') ? 'recorded' : state, reason);
    if (!isFile) program.show(state === 'live');
    enableActions(actionsRoot, state === 'live');
    drawSoon();
  },
});
