// Times in Common Log Format, as `requestTime` has them: `dd/MMM/yyyy:HH:mm:ss +0000`.

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

let cachedSecond = -1;
let cachedText = '';

/** `epochMs` in UTC. The last second is kept, since every event of a second has the same text. */
export function clfTime(epochMs: number): string {
  const second = Math.floor(epochMs / 1000);
  if (second !== cachedSecond) {
    cachedSecond = second;
    cachedText = format(new Date(second * 1000));
  }
  return cachedText;
}

function format(date: Date): string {
  const time = date.toISOString().slice(11, 19);
  const day = String(date.getUTCDate()).padStart(2, '0');
  return `${day}/${MONTHS[date.getUTCMonth()] ?? ''}/${date.getUTCFullYear()}:${time} +0000`;
}
