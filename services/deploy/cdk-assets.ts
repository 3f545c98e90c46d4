// Templates that the AWS CDK has written: the code of their functions lies beside them, in the folder `cdk.out`.
import type { ResourceDeclaration, Template } from './sections.ts';

/**
 * `template` with the local path of each function's code in the place of its S3 address. The CDK notes it in the
 * resource's metadata for tools that run templates locally (`aws:asset:path`, relative to the template).
 */
export function withLocalAssets(template: Template): Template {
  return { ...template, resources: template.resources.map(withLocalAsset) };
}

function withLocalAsset(declared: ResourceDeclaration): ResourceDeclaration {
  const { 'aws:asset:path': path, 'aws:asset:property': property } = declared.metadata;
  if (declared.type !== 'AWS::Lambda::Function' || typeof path !== 'string') return declared;
  if (property !== 'Code') return declared;
  return { ...declared, properties: { ...declared.properties, Code: path } };
}
