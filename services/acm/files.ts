// Certificates that the configuration names by files (certbot, mkcert, mounted secrets): imported at start, and again when the files change.
import { readFile, stat } from 'node:fs/promises';
import type { CertificateFiles } from '#shared/model/certificates.ts';
import { ConflictError } from '#shared/exchange/errors.ts';
import type { Clock, Timer } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { StartError } from '#shared/runtime/start-error.ts';
import { certificateArn, idOfName, type CertificateName } from '#shared/runtime/certificate-arn.ts';
import type { StoredCertificate } from './certificates.ts';
import { checkMaterial, splitFullChain, type Material } from './material.ts';
import { importedRecord, type RecordMakers } from './record.ts';
import { SealError } from './vault.ts';

/** What file certificates are made of. */
export interface FileCertificatesOptions extends RecordMakers {
  /** By name. */
  readonly files: Readonly<Record<string, CertificateFiles>>;
  readonly region: string;
  readonly accountId: string;
  /**
   * Whether this node alone can be running on this data. If not, another may have imported a newer certificate of the
   * same name: at start, older files do not undo that.
   */
  readonly exclusive: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** One name and what is known of its files. */
interface Watched {
  readonly name: string;
  readonly files: CertificateFiles;
  /** The files' state at the last look. */
  seen: string;
  /** The state that was imported, or found to be imported already. */
  done: string | undefined;
  /** What was last said to be wrong with them. */
  fault: string | undefined;
}

/** Time between looks. Looking works with every file system and way of replacing; events do not. */
const LOOK_MS = 1000;
const ATTEMPTS = 8;

/** The certificates of the configuration. */
export class FileCertificates {
  readonly #options: FileCertificatesOptions;
  readonly #watched: readonly Watched[];
  #timer: Timer | undefined;
  #looking: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: FileCertificatesOptions) {
    this.#options = options;
    this.#watched = Object.entries(options.files).map(([name, files]) => ({
      ...{ name, files, seen: '' },
      done: undefined,
      fault: undefined,
    }));
  }

  /**
   * Imports all of them, then watches. Rejects with `StartError` for files that are not good where no earlier
   * certificate of that name is stored, which would go on being served.
   */
  async start(): Promise<void> {
    await this.importAll();
    if (this.#watched.length > 0) this.#next();
  }

  /** Imports all of them as `start` does. */
  async importAll(): Promise<void> {
    for (const watched of this.#watched) await this.#first(watched);
  }

  /** Resolves when nothing is read or written any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#looking;
  }

  /** Looks at all files once. Never rejects: what is wrong is logged, and the certificate before serves on. */
  async look(): Promise<void> {
    for (const watched of this.#watched) {
      try {
        await this.#lookAt(watched);
      } catch (error) {
        this.#tell(watched, error);
      }
    }
  }

  #next(): void {
    if (this.#stopped) return;
    this.#timer = this.#options.clock.after(LOOK_MS, () => {
      this.#looking = this.look().then(() => this.#next());
    });
  }

  /** A state must stand for one look before it is read: keys and certificates are written one after the other. */
  async #lookAt(watched: Watched): Promise<void> {
    const state = await stateOf(watched.files);
    const settled = state === watched.seen;
    watched.seen = state;
    if (!settled || state === watched.done) return;
    await this.#import(watched, 'changed');
    watched.done = state;
    watched.fault = undefined;
  }

  async #first(watched: Watched): Promise<void> {
    watched.seen = await stateOf(watched.files);
    try {
      await this.#import(watched, 'start');
      watched.done = watched.seen;
    } catch (error) {
      if ((await this.#stored(watched.name)) === undefined) {
        const { cert, key } = watched.files;
        const message = `${messageOf(error)} (${cert}, ${key})`;
        throw new StartError(`certificates.${watched.name}`, message, { cause: error });
      }
      this.#tell(watched, error);
    }
  }

  /** The same fault is told once, not with every look. */
  #tell(watched: Watched, error: unknown): void {
    const message = messageOf(error);
    if (watched.fault === message) return;
    watched.fault = message;
    const { name, files } = watched;
    this.#options.logger.error(
      'certificate files cannot be used; the certificate before is served on',
      { name, ...files, error },
    );
  }

  async #import({ name, files }: Watched, why: 'start' | 'changed'): Promise<void> {
    const material = await readMaterial(files, this.#options.now());
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#put(name, material, why);
      } catch (error) {
        // Another node has imported the same at the same time.
        if (!(error instanceof ConflictError) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async #put(name: string, material: Material, why: 'start' | 'changed'): Promise<void> {
    const { certificates, exclusive, logger } = this.#options;
    const found = await this.#stored(name);
    const arn = certificateArn(this.#nameOf(name), this.#options.accountId);
    if (found !== undefined && (await this.#isSame(found, material))) {
      logger.info('certificate files are imported already', { name, arn });
      return;
    }
    const newer = found !== undefined && found.value.NotBefore > material.notBefore;
    if (newer && why === 'start' && !exclusive) {
      const message = 'certificate files are older than what is stored, which is kept';
      logger.warn(message, { name, arn });
      return;
    }
    const record = await importedRecord(this.#nameOf(name), material, {
      ...this.#options,
      ...(found === undefined ? {} : { before: found.value }),
      beside: { Tags: found?.value.Tags ?? [{ Key: 'Name', Value: name }], Source: name },
    });
    await certificates.put(record, found?.version ?? 0);
    logger.info('certificate files were imported', { name, arn, domains: record.Names });
  }

  /** Whether it is stored as it is, and opens here: the CA folder may be a new one. */
  async #isSame({ value }: StoredCertificate, material: Material): Promise<boolean> {
    const { certificates, vault } = this.#options;
    if (value.Fingerprint !== material.fingerprint) return false;
    if ((await certificates.chainOf(value)) !== material.chain) return false;
    try {
      return vault.open(value.SealedKey, value.CertificateId) === material.key;
    } catch (error) {
      if (error instanceof SealError) return false;
      throw error;
    }
  }

  #stored(name: string): Promise<StoredCertificate | undefined> {
    return this.#options.certificates.get(this.#nameOf(name));
  }

  #nameOf(name: string): CertificateName {
    return { region: this.#options.region, id: idOfName(name) };
  }
}

/** The certificate's file may hold the chain too (`fullchain.pem`); no chain at all is good enough for mkcert's users. */
async function readMaterial(files: CertificateFiles, now: number): Promise<Material> {
  const [cert, key, chain] = await Promise.all([
    readFile(files.cert, 'utf8'),
    readFile(files.key, 'utf8'),
    files.chain === undefined ? '' : readFile(files.chain, 'utf8'),
  ]);
  const full = splitFullChain(cert);
  const given = { certificate: full.certificate, key, chain: chain === '' ? full.chain : chain };
  return checkMaterial(given, { now, needsChain: false });
}

/** Whatever symbolic links are on the way: another file, or one that was written to, is another state. */
async function stateOf({ cert, key, chain }: CertificateFiles): Promise<string> {
  const paths = [cert, key, ...(chain === undefined ? [] : [chain])];
  const states = await Promise.all(
    paths.map(async (path) => {
      try {
        const { dev, ino, size, mtimeMs, ctimeMs } = await stat(path);
        return [dev, ino, size, mtimeMs, ctimeMs].join(':');
      } catch (error) {
        // Gone while it is replaced, or unreadable: reading it will tell.
        return (error as NodeJS.ErrnoException).code ?? 'unknown';
      }
    }),
  );
  return states.join(' ');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
