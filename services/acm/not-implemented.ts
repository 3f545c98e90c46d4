// Operations of Certificate Manager that are not built: each answers 501 NotImplementedException.
import type { AcmOperation } from './model.ts';

/** ACME endpoints, revocation, search by filters, and the challenges by which AWS proves a name's owner. */
export const NOT_IMPLEMENTED = [
  'CreateAcmeDomainValidation',
  'CreateAcmeEndpoint',
  'CreateAcmeExternalAccountBinding',
  'DeleteAcmeDomainValidation',
  'DeleteAcmeEndpoint',
  'DeleteAcmeExternalAccountBinding',
  'DescribeAcmeAccount',
  'DescribeAcmeDomainValidation',
  'DescribeAcmeEndpoint',
  'DescribeAcmeExternalAccountBinding',
  'GetAcmeExternalAccountBindingCredentials',
  'ListAcmeAccounts',
  'ListAcmeDomainValidations',
  'ListAcmeEndpoints',
  'ListAcmeExternalAccountBindings',
  'ListCertificateDomainValidations',
  'RevokeAcmeAccount',
  'RevokeAcmeExternalAccountBinding',
  'RevokeCertificate',
  'SearchCertificates',
  'UpdateAcmeDomainValidation',
  'UpdateAcmeEndpoint',
] as const satisfies readonly AcmOperation[];
