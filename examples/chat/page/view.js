// Elements of the page. Everything that people have written goes in as text, never as HTML.

/** A hue of its own for every name. */
function hueOf(name) {
  let hash = 2166136261;
  for (const char of name) hash = Math.imul(hash ^ char.codePointAt(0), 16777619);
  return (hash >>> 0) % 360;
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function avatar(name) {
  const made = element('span', 'avatar', [...name][0]?.toUpperCase() ?? '?');
  made.style.setProperty('--hue', hueOf(name));
  made.setAttribute('aria-hidden', 'true');
  return made;
}

/** A member as a chip. */
export function memberItem({ id, name }, you) {
  const item = element('li', id === you.id ? 'member you' : 'member');
  item.append(avatar(name), element('span', 'name', id === you.id ? `${name} (you)` : name));
  return item;
}

/** A message as a bubble; one's own are on the other side. */
export function messageItem({ from, text, at }, you) {
  const mine = from.id === you.id;
  const item = element('li', mine ? 'message mine' : 'message');
  item.style.setProperty('--hue', hueOf(from.name));
  const bubble = element('div', 'bubble');
  const head = element('div', 'head');
  const time = element('time', '', clock(at));
  time.dateTime = new Date(at).toISOString();
  head.append(element('span', 'author', from.name), time);
  bubble.append(head, element('p', 'text', text));
  item.append(avatar(from.name), bubble);
  return item;
}

/** A line about the room itself. */
export function notice(text) {
  return element('li', 'notice', text);
}

function clock(at) {
  return new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}
