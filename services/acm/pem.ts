// PEM texts: the blocks of a file, and certificates made of them.
import { X509Certificate } from 'node:crypto';

const BEGIN = '-----BEGIN ';
const DASHES = '-----';

/** One block, with its lines as they were. */
export interface PemBlock {
  readonly label: string;
  readonly text: string;
}

/** All whole blocks of `text`, in order; what stands between them is dropped. One pass, whatever the text. */
export function pemBlocks(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  for (let from = text.indexOf(BEGIN); from >= 0;) {
    const labelEnd = text.indexOf(DASHES, from + BEGIN.length);
    if (labelEnd < 0) break;
    const label = text.slice(from + BEGIN.length, labelEnd);
    const next = text.indexOf(BEGIN, labelEnd);
    const end = `-----END ${label}-----`;
    const body = text.slice(from, next < 0 ? text.length : next);
    const at = body.indexOf(end);
    if (at >= 0) blocks.push({ label, text: `${body.slice(0, at + end.length)}\n` });
    from = next;
  }
  return blocks;
}

/** The certificates of `text` in order, PEM; throws what OpenSSL says of a block that is none. */
export function certificatesOf(text: string): X509Certificate[] {
  const blocks = pemBlocks(text).filter(({ label }) =>
    /^(X509 |TRUSTED )?CERTIFICATE$/.test(label),
  );
  return blocks.map((block) => new X509Certificate(block.text));
}
