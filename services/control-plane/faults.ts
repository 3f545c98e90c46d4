// The errors of API Gateway's operations as handlers throw them (AWS: apigatewayv2 exceptions).
import { ServiceError } from '#shared/aws-api/service-error.ts';

/** 400: the request, or what it would make of a resource, is not allowed. */
export const badRequest = (message: string): ServiceError =>
  new ServiceError('BadRequestException', 400, message);

/** 404 with the kind of the missing resource. */
export const notFound = (resourceType: string, message: string): ServiceError =>
  new ServiceError('NotFoundException', 404, message, { resourceType });

/** 404 as v1 has it, without further members. */
export const missing = (message: string): ServiceError =>
  new ServiceError('NotFoundException', 404, message);

/** 404 in the words that AWS uses for nearly every kind: `Invalid Route identifier specified abc`. */
export const unknownId = (label: string, id: string): ServiceError =>
  notFound(label, `Invalid ${label} identifier specified ${id}`);

/** 404 for a stage, which AWS does not name. */
export const unknownStage = (): ServiceError =>
  notFound('Stage', 'Invalid stage identifier specified');

/** 409: the name is taken or the resource is in use. */
export const conflict = (message: string): ServiceError =>
  new ServiceError('ConflictException', 409, message);

/** 409 after several vain attempts against other writers. */
export const concurrentModification = (): ServiceError =>
  conflict('Unable to complete operation due to concurrent modification. Please try again later.');

/**
 * An api has as many of these as it may have: status 429 under the name of a conflict, as AWS was seen to answer
 * CreateAuthorizer (github.com/anomalyco/sst/issues/4522).
 */
export const tooMany = (plural: string): ServiceError =>
  new ServiceError(
    'ConflictException',
    429,
    `Maximum number of ${plural} for this API has been reached. Please contact AWS if you need additional ${plural}.`,
  );

/** 501: a documented part of an operation that is not there yet. */
export const notImplemented = (what: string): ServiceError =>
  new ServiceError('NotImplementedException', 501, `${what} is not implemented.`);
