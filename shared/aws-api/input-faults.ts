// Faults of a request's input in the words of AWS's service framework: SerializationException and ValidationException.
import { ServiceError } from './service-error.ts';

/** Most faults that one answer names. */
const MOST_FAULTS = 10;

/** 400 for what is not the JSON that the model wants; the framework's message may be empty. */
export function serializationError(message: string): ServiceError {
  return new ServiceError('SerializationException', 400, message);
}

/** Text of one violated constraint; `value` is given as it stands in the message, with quotes or `null`. */
export function constraintFault(value: string, path: string, rule: string): string {
  return `Value ${value} at '${path}' failed to satisfy constraint: ${rule}`;
}

/** 400 with all violated constraints in one text: `2 validation errors detected: …; …`. */
export function validationError(faults: readonly string[]): ServiceError {
  const shown = faults.slice(0, MOST_FAULTS);
  const noun = faults.length === 1 ? 'error' : 'errors';
  const message = `${shown.length} validation ${noun} detected: ${shown.join('; ')}`;
  return new ServiceError('ValidationException', 400, message);
}

/** Name of a member in validation texts: first letter lower (`KMSKeyArn` is `kMSKeyArn`). */
export function pathName(member: string): string {
  return member.charAt(0).toLowerCase() + member.slice(1);
}
