// AWS::ApiGateway::ClientCertificate.
import type { rest } from '../clients.ts';
import { isObject, plainText } from '../json.ts';
import { stringIn } from './definition.ts';
import type { PropertySpec, ResourceType } from './resource-type.ts';
import { putRestTags } from './tags.ts';

const STRING: PropertySpec = { kind: 'string' };

/** AWS: AWS::ApiGateway::ClientCertificate. Ref is the certificate's id. */
export const CLIENT_CERTIFICATE: ResourceType = {
  type: 'AWS::ApiGateway::ClientCertificate',
  properties: { Description: STRING, Tags: { kind: 'tags' } },
  attributes: ['ClientCertificateId'],
  create: async ({ Description: description, Tags: tags }, { clients }) => {
    const api = await clients.rest();
    const input = { description, tags } as rest.GenerateClientCertificateCommandInput;
    const id = stringIn(await api.generateClientCertificate(input), 'clientCertificateId');
    const keys = { ClientCertificateId: id };
    return { ref: id, attributes: keys, keys };
  },
  update: async ({ Description, Tags }, { made, changed }, context) => {
    const api = await context.clients.rest();
    if (changed.has('Description')) {
      const value = plainText(Description ?? '');
      await api.updateClientCertificate({
        clientCertificateId: made.ref,
        patchOperations: [{ op: 'replace', path: '/description', value }],
      });
    }
    if (changed.has('Tags')) {
      await putRestTags(`/clientcertificates/${made.ref}`, Tags, context);
    }
    return made;
  },
  exists: async ({ ref: clientCertificateId }, { clients }) =>
    isObject(await (await clients.rest()).getClientCertificate({ clientCertificateId })),
  remove: async (made, { clients }) => {
    const api = await clients.rest();
    await api.deleteClientCertificate({ clientCertificateId: made.ref });
  },
};
