import { z } from 'zod';

/**
 * The form of the regions of AWS's partitions, by `regionRegex` in partitions.json of botocore.
 * https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json
 */
const REGION =
  /^(?:(?:af|ap|ca|cn|eu|il|me|mx|sa|us)|us-gov|us-iso|us-isob|us-isof|eu-isoe|eusc-de)-[a-z]{1,20}-[0-9]{1,2}$/;

/** An AWS region, of a request or a setting. Only a worker knows whether it exists: its Senza has a list. */
export const regionSchema = z
  .string()
  .regex(REGION, 'must be an AWS region such as eu-west-1')
  .meta({ description: 'AWS region.', examples: ['eu-west-1', 'us-gov-west-1'] });
