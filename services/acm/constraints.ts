// Lengths, forms and choices of Certificate Manager's members, which the SDK's schemas do not carry (AWS: ACM API reference).
import type { KeyAlgorithm } from '#shared/model/certificates.ts';
import { invalid, tooManyTags, violation } from './faults.ts';

/** A tag as it comes. */
interface GivenTag {
  readonly Key: string;
  readonly Value?: string | undefined;
}

const ARN_RULE = 'arn:[\\w+=/,.@-]+:acm:[\\w+=/,.@-]*:[0-9]+:[\\w+=,.@-]+(/[\\w+=,.@-]+)*';
const ARN = new RegExp(`^${ARN_RULE}$`);
const ARN_LENGTH = [20, 2048] as const;
const DOMAIN_RULE =
  '(\\*\\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])';
const DOMAIN = new RegExp(`^${DOMAIN_RULE}$`);
const DOMAIN_LENGTH = 253;
const TOKEN = /^\w{1,32}$/;
const MOST_NAMES = 100;
const MOST_TAGS = 50;
const TAG_KEY = [1, 128] as const;
const TAG_VALUE = [0, 256] as const;
/** Bytes of what is imported: member, least, most. */
const MATERIAL = [
  ['Certificate', 'certificate', 32_768],
  ['PrivateKey', 'privateKey', 5120],
  ['CertificateChain', 'certificateChain', 2_097_152],
] as const;

/** AWS: KeyAlgorithm, those that a certificate can be requested with. */
const KEY_ALGORITHMS = [
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'EC_prime256v1',
  'EC_secp384r1',
  'EC_secp521r1',
] as const satisfies readonly KeyAlgorithm[];
const VALIDATION_METHODS = ['DNS', 'EMAIL', 'HTTP'];

/** The form of an ARN, not whether there is such a certificate. */
export function checkArn(arn: string, path = 'certificateArn'): void {
  checkLength(arn, path, ARN_LENGTH);
  if (!ARN.test(arn)) {
    throw violation(path, `Member must satisfy regular expression pattern: ${ARN_RULE}`, arn);
  }
}

/** Tags as they are given to an operation. Throws for what AWS refuses. */
export function checkTags(tags: readonly GivenTag[] = []): void {
  for (const [at, { Key, Value = '' }] of tags.entries()) {
    checkLength(Key, `tags.${at + 1}.member.key`, TAG_KEY);
    checkLength(Value, `tags.${at + 1}.member.value`, TAG_VALUE);
    if (!Key.startsWith('aws:')) continue;
    throw invalid(`Invalid Tag Key: "${Key}". AWS internal tags cannot be changed with this API`);
  }
}

/** How many tags a certificate would have. */
export function checkTagCount(tags: readonly GivenTag[]): void {
  if (tags.length <= MOST_TAGS) return;
  throw tooManyTags(tags.map(({ Key, Value = '' }) => `${Key}=${Value}`).join(', '));
}

/** Sizes of what is imported; texts are never shown, one of them is a private key. */
export function checkSizes(input: {
  readonly [Member in (typeof MATERIAL)[number][0]]?: Uint8Array;
}): void {
  for (const [member, path, most] of MATERIAL) {
    const length = input[member]?.length;
    if (length === 0) {
      throw violation(path, 'Member must have length greater than or equal to 1');
    }
    if (length !== undefined && length > most) {
      throw violation(path, `Member must have length less than or equal to ${most}`);
    }
  }
}

/** A name that a certificate is requested for. */
export function checkDomain(name: string, path: string): void {
  checkLength(name, path, [1, DOMAIN_LENGTH]);
  if (!DOMAIN.test(name)) {
    throw violation(path, `Member must satisfy regular expression pattern: ${DOMAIN_RULE}`, name);
  }
}

/** The further names of a request. */
export function checkAlternatives(names: readonly string[] | undefined): void {
  if (names === undefined) return;
  const shown = `[${names.join(', ')}]`;
  if (names.length === 0) {
    const rule = 'Member must have length greater than or equal to 1';
    throw violation('subjectAlternativeNames', rule, shown);
  }
  if (names.length > MOST_NAMES) {
    const rule = `Member must have length less than or equal to ${MOST_NAMES}`;
    throw violation('subjectAlternativeNames', rule, shown);
  }
  for (const [at, name] of names.entries()) {
    checkDomain(name, `subjectAlternativeNames.${at + 1}.member`);
  }
}

/** An idempotency token. */
export function checkToken(token: string | undefined): void {
  if (token === undefined || TOKEN.test(token)) return;
  throw violation(
    'idempotencyToken',
    'Member must satisfy regular expression pattern: \\w+ and have length less than or equal to 32',
    token,
  );
}

/** The key of a request; AWS's default is RSA of 2048 bits. */
export function keyAlgorithm(given: string | undefined): KeyAlgorithm {
  const wanted = given ?? 'RSA_2048';
  const found = KEY_ALGORITHMS.find((name) => name === wanted);
  if (found !== undefined) return found;
  throw choice('keyAlgorithm', wanted, KEY_ALGORITHMS);
}

/** How the owner of a name would be asked on AWS. */
export function checkValidationMethod(given: string | undefined): void {
  if (given === undefined || VALIDATION_METHODS.includes(given)) return;
  throw choice('validationMethod', given, VALIDATION_METHODS);
}

/** One of `choices`. */
export function checkChoice(
  path: string,
  value: string | undefined,
  choices: readonly string[],
): void {
  if (value !== undefined && !choices.includes(value)) throw choice(path, value, choices);
}

/** A number within bounds. */
export function checkRange(
  path: string,
  value: number | undefined,
  [least, most]: readonly [number, number],
): void {
  if (value === undefined) return;
  if (value < least) {
    const rule = `Member must have value greater than or equal to ${least}`;
    throw violation(path, rule, String(value));
  }
  if (value > most) {
    throw violation(path, `Member must have value less than or equal to ${most}`, String(value));
  }
}

function choice(path: string, value: string, choices: readonly string[]): Error {
  const rule = `Member must satisfy enum value set: [${choices.join(', ')}]`;
  return violation(path, rule, value);
}

function checkLength(value: string, path: string, bounds: readonly [number, number]): void {
  const [least, most] = bounds;
  if (value.length < least) {
    const rule = `Member must have length greater than or equal to ${least}`;
    throw violation(path, rule, value);
  }
  if (value.length > most) {
    throw violation(path, `Member must have length less than or equal to ${most}`, value);
  }
}
