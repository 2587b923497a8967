import { hasHiddenCharacter } from '#formats';
import { z } from 'zod';

/** CloudFormation's limit for the name of a stack, which is `NAME-VERSION`. */
export const MAX_STACK_NAME_LENGTH = 128;
/** CloudFormation's limit for the tags of a stack, those of Senza and of the agent included. */
export const MAX_STACK_TAGS = 50;
/** How many tags a request can have: room for Senza's three (Name, StackName, StackVersion) and the agent's. */
export const MAX_TAGS = 40;
/** CloudFormation's limit for the parameters of a template. */
export const MAX_PARAMETERS = 200;
/** Longest parameter, in characters: CloudFormation's limit for a value. */
export const MAX_PARAMETER_LENGTH = 4096;

/** The version of a stack, as Senza takes it (`validate_version` in its cli.py). */
export const stackVersionSchema = z
  .string()
  .regex(/^[a-zA-Z0-9]{1,100}$/, 'must be 1 to 100 letters and digits')
  .meta({
    description: "Version of the stack; with the definition's StackName it names the stack: `NAME-VERSION`.",
    examples: ['v1', '42'],
  });

/** The name of an application's stacks, as CloudFormation and Senza take it, literal and without a template. */
export const stackNameSchema = z
  .string()
  .max(MAX_STACK_NAME_LENGTH - 2, `must leave room for a version in ${MAX_STACK_NAME_LENGTH} characters`)
  .regex(/^[a-zA-Z][a-zA-Z0-9-]*$/, 'must begin with a letter and consist of letters, digits and hyphens')
  .meta({
    description: 'Name of the application, `SenzaInfo.StackName` of its definition.',
    examples: ['hello', 'my-service'],
  });

/** A parameter of a deployment. */
export const parameterSchema = z
  .string()
  .max(MAX_PARAMETER_LENGTH, `must be ${MAX_PARAMETER_LENGTH} characters at most`)
  .refine((value) => !value.startsWith('-'), 'must not begin with "-"')
  .refine((value) => !hasHiddenCharacter(value), 'must not contain control, bidirectional or invisible characters')
  .meta({
    description:
      'Value of a parameter of the definition: `VALUE` (by its position) or `NAME=VALUE`; positional ones first.',
    examples: ['1.0.3', 'ImageVersion=1.0.3'],
  });

/** The image that `senza patch` takes: an AMI, or one of Taupage's channels. */
export const imageSchema = z
  .string()
  .regex(/^(ami-[0-9a-f]{8,17}|latest|staging|dev)$/, 'must be an AMI (ami-0123456789abcdef0), latest, staging or dev')
  .meta({
    description: 'AMI for new instances, or a channel of Taupage.',
    examples: ['ami-0aa0000000000002b', 'latest'],
  });

/** Number of instances. Senza silently takes 100 for more. */
export const newScaleSchema = z
  .int()
  .min(0)
  .max(100)
  .meta({ description: 'Desired number of instances.', examples: [3] });

/**
 * Share of the traffic. Senza counts in half percents and rounds down (`PERCENT_RESOLUTION`, senza/traffic.py): a share below the smallest
 * one would take all traffic from the version.
 */
export const percentageSchema = z
  .number()
  .min(0)
  .max(100)
  .refine((share) => share === 0 || share >= 0.5, 'must be 0, or at least 0.5: weights are half percents')
  .overwrite((share) => Math.floor(share * 2) / 2)
  .meta({
    description:
      'Share of the traffic of the domain, in percent: 0, or at least 0.5. It is rounded down to half percents.',
    examples: [0, 12.5, 100],
  });
