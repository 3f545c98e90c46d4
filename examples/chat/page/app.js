// The chat page: one room at a time; what the server says is the truth, the page only shows it.
import { createSocket, socketUrl } from './socket.js';
import { notice, messageItem, memberItem } from './view.js';

const $ = (id) => document.getElementById(id);

/** Where the user wants to be: kept over reconnections and visits. */
const wish = {
  name: localStorage.getItem('chat.name') ?? '',
  room: decodeURIComponent(location.hash.slice(1)) || localStorage.getItem('chat.room') || 'lobby',
  inside: false,
};
let you;
const members = new Map();
const shown = new Set();
/** Written while the connection was away; goes out when the room is entered again. */
const unsent = [];

const socket = createSocket(socketUrl(), {
  opened() {
    say('');
    if (wish.inside) join();
  },
  received(message) {
    handlers[message.type]?.(message);
  },
  lost() {
    say('Connection lost, trying again…');
  },
});

const handlers = {
  joined({ room, you: self, members: all, messages, rooms }) {
    you = self;
    wish.room = room;
    members.clear();
    shown.clear();
    $('messages').replaceChildren();
    for (const member of all) members.set(member.id, member);
    messages.forEach(show);
    $('known-rooms').replaceChildren(...[...new Set([...rooms, 'lobby'])].map(option));
    $('room-name').textContent = room;
    document.title = `#${room}`;
    history.replaceState(null, '', `#${encodeURIComponent(room)}`);
    localStorage.setItem('chat.room', room);
    view('chat');
    showMembers();
    $('text').focus();
    for (const text of unsent.splice(0)) socket.send({ action: 'say', text });
  },
  entered({ room, member }) {
    if (room !== wish.room) return;
    members.set(member.id, member);
    showMembers();
    append(notice(`${member.name} came in`));
  },
  left({ room, id, name }) {
    if (room !== wish.room || !members.delete(id)) return;
    showMembers();
    append(notice(`${name} left`));
  },
  message(message) {
    if (message.room === wish.room) show(message);
  },
  error({ message }) {
    say(message);
    append(notice(message));
  },
};

function join() {
  socket.send({ action: 'join', name: wish.name, room: wish.room });
}

/** A message is shown once, though it may come live and in the history. */
function show(message) {
  if (shown.has(message.id)) return;
  shown.add(message.id);
  append(messageItem(message, you));
}

/** Follows the end of the list unless the user has scrolled up to read. */
function append(item) {
  const list = $('messages');
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  list.append(item);
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function showMembers() {
  const all = [...members.values()].sort((a, b) => a.name.localeCompare(b.name));
  $('members').replaceChildren(...all.map((member) => memberItem(member, you)));
  say(all.length === 1 ? 'Only you are here' : `${all.length} people here`);
}

function say(text) {
  $('status').textContent = text;
  $('door-status').textContent = text;
}

function option(value) {
  const element = document.createElement('option');
  element.value = value;
  return element;
}

function view(name) {
  document.body.dataset.view = name;
  $('door').hidden = name !== 'door';
  $('chat').hidden = name !== 'chat';
}

$('enter').addEventListener('submit', (event) => {
  event.preventDefault();
  wish.name = $('name').value.trim();
  wish.room = $('room').value.trim();
  wish.inside = true;
  localStorage.setItem('chat.name', wish.name);
  say('Entering…');
  join();
});

$('switch').addEventListener('submit', (event) => {
  event.preventDefault();
  const room = $('other-room').value.trim();
  $('other-room').value = '';
  if (room === '') return;
  wish.room = room;
  join();
});

$('leave').addEventListener('click', () => {
  wish.inside = false;
  socket.send({ action: 'leave' });
  document.title = 'Rooms';
  view('door');
  say('');
});

function submitText() {
  const field = $('text');
  const text = field.value.trim();
  if (text === '') return;
  if (!socket.send({ action: 'say', text })) {
    unsent.push(text);
    say('Not connected: your message goes out with the next connection.');
  }
  field.value = '';
  grow();
}

$('say').addEventListener('submit', (event) => {
  event.preventDefault();
  submitText();
});

$('text').addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submitText();
});

/** The field grows with its text, up to a third of the window. */
function grow() {
  const field = $('text');
  field.style.height = 'auto';
  field.style.height = `${Math.min(field.scrollHeight, innerHeight / 3)}px`;
}
$('text').addEventListener('input', grow);

function applyTheme(theme) {
  if (theme === null) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
$('theme').addEventListener('click', () => {
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const now = document.documentElement.dataset.theme ?? (dark ? 'dark' : 'light');
  const next = now === 'dark' ? 'light' : 'dark';
  localStorage.setItem('chat.theme', next);
  applyTheme(next);
});

applyTheme(localStorage.getItem('chat.theme'));
$('name').value = wish.name;
$('room').value = wish.room;
