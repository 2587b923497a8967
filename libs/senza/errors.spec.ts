import { describe, expect, it } from '@jest/globals';
import { readError } from './errors.js';
import { readRecorded, recordedNames } from './recorded.fixture.js';
import { type SenzaErrorCode } from './errors.js';

const RECORDED_FAILURES: Readonly<Record<string, SenzaErrorCode>> = {
  'create-exists': 'stack_exists',
  'create-bad-tag': 'usage',
  'create-bad-version': 'usage',
  'create-unknown-region': 'usage',
  'create-missing-parameter': 'usage',
  'create-too-many-parameters': 'usage',
  'create-unknown-parameter': 'usage',
  'create-unknown-component': 'usage',
  'create-no-senza-info': 'usage',
  'create-unknown-template-key': 'invalid_definition',
  'create-not-yaml': 'invalid_definition',
  'create-no-security-group': 'invalid_definition',
  'traffic-not-found': 'stack_not_found',
  'traffic-version-not-found': 'stack_not_found',
  'traffic-no-domain': 'no_domain',
  'delete-has-traffic': 'has_traffic',
  'delete-not-found': 'stack_not_found',
  usage: 'unsupported',
  'no-credentials': 'no_credentials',
  unreachable: 'unreachable',
};

const clientError = (code: string, operation: string, message: string): string =>
  `Traceback (most recent call last):\nbotocore.exceptions.ClientError: An error occurred (${code}) when calling the ${operation} operation: ${message}\n`;

describe('the error code of what the real Senza has written', () => {
  it.each(Object.entries(RECORDED_FAILURES))('%s is %s', (name, code) => {
    const { exitCode, stderr } = readRecorded(name);
    expect(readError(exitCode, stderr).code).toBe(code);
  });

  it('is expected of every recorded failure', () => {
    const failures = recordedNames().filter((name) => readRecorded(name).exitCode !== 0);
    expect(failures.sort()).toEqual(Object.keys(RECORDED_FAILURES).sort());
  });
});

// Not recorded: the emulator neither throttles nor refuses credentials. The texts are botocore's and Senza's forms.
describe('the error code of what AWS answers', () => {
  it.each<[SenzaErrorCode, string]>([
    ['throttled', clientError('Throttling', 'DescribeStacks', 'Rate exceeded')],
    ['throttled', clientError('RequestLimitExceeded', 'DescribeSubnets', 'Request limit exceeded.')],
    ['quota_exceeded', clientError('LimitExceededException', 'CreateStack', 'Limit for stack has been exceeded')],
    ['throttled', clientError('PriorRequestNotComplete', 'ChangeResourceRecordSets', 'The request was rejected.')],
    ['unreachable', clientError('InternalFailure', 'CreateStack', 'We are sorry.')],
    ['unreachable', clientError('503', 'CreateStack', 'Service Unavailable')],
    ['unreachable', 'botocore.exceptions.ReadTimeoutError: Read timeout on endpoint URL: "https://x/"'],
    ['unreachable', 'botocore.exceptions.ConnectTimeoutError: Connect timeout on endpoint URL: "https://x/"'],
    ['unreachable', 'botocore.exceptions.ConnectionClosedError: Connection was closed before we received an answer'],
    ['unreachable', 'botocore.exceptions.ProxyConnectionError: Failed to connect to proxy URL: "http://x/"'],
    [
      'stack_busy',
      'Validation Error: Stack:arn:aws:cloudformation:eu-west-1:1:stack/demo-1/x is in UPDATE_IN_PROGRESS state and can not be updated.',
    ],
    ['stack_busy', 'Validation Error: Stack [demo-1] cannot be deleted while in status UPDATE_IN_PROGRESS'],
    ['stack_not_found', 'Validation Error: Stack with id demo-1 does not exist'],
    [
      'invalid_definition',
      clientError('InsufficientCapabilitiesException', 'CreateStack', 'Requires capabilities : [CAPABILITY_NAMED_IAM]'),
    ],
    [
      'invalid_definition',
      'Generating Cloud Formation template.. OK\nValidation Error: Template format error: Unresolved resource dependencies [X]',
    ],
    ...['operator', '', 'a"b', 'a\nb', 'x'.repeat(1000)].map((topic): [SenzaErrorCode, string] => [
      'invalid_definition',
      `Error: SNS topic "${topic}" does not exist\n`,
    ]),
    [
      'access_denied',
      'AWS missing access rights.\nUser: arn:aws:iam::1:user/x is not authorized to perform: cloudformation:CreateStack',
    ],
    [
      'no_credentials',
      'AWS credentials have expired.\nUse the "zaws" command line tool to get a new temporary access key.',
    ],
    [
      'no_credentials',
      clientError(
        'InvalidClientTokenId',
        'ListAccountAliases',
        'The security token included in the request is invalid.',
      ),
    ],
    ['no_credentials', clientError('AuthFailure', 'DescribeImages', 'AWS was not able to validate the credentials')],
    ['no_credentials', clientError('ExpiredTokenException', 'ListStacks', 'The security token has expired')],
    ['access_denied', clientError('AuthorizationError', 'ListTopics', 'not authorized to perform: SNS:ListTopics')],
    ...(
      [
        ['throttled', 'SlowDown'],
        ['quota_exceeded', 'TooManyLoadBalancers'],
        ['unreachable', 'InsufficientInstanceCapacity'],
        ['unreachable', 'ServiceUnavailable'],
        ['no_credentials', 'RequestExpired'],
        ['access_denied', 'PendingVerification'],
        ['stack_busy', 'OperationInProgressException'],
        ['rejected', 'AlreadyExists'],
        ['rejected', 'InvalidAMIID.NotFound'],
        ['unknown', 'HostedZoneNotEmpty'],
      ] as const
    ).map(([code, name]): [SenzaErrorCode, string] => [code, clientError(name, 'CreateStack', 'Words of AWS.')]),
    [
      'throttled',
      'botocore.exceptions.WaiterError: Waiter StackExists failed: An error occurred (Throttling): Slow down',
    ],
    ['access_denied', clientError('OptInRequired', 'RunInstances', 'You are not subscribed to this service.')],
    ['unsupported', 'Usage: senza [OPTIONS] COMMAND\n\nError: No such command "respawn-instances".'],
    ['unsupported', 'Error: no such option: --stacktrace-visible'],
    ['crashed', 'Traceback (most recent call last):\nKeyError: 1'],
    ['unknown', 'Something else.'],
  ])('is %s for %s', (code, output) => {
    expect(readError(1, output).code).toBe(code);
  });

  it.each([
    'Rate exceeded',
    'Stack x already exists',
    'x is in UPDATE_IN_PROGRESS',
    'missing access rights',
    'No AWS credentials found',
    '\nAWS did not answer: x',
    '\nSenza was stopped: x',
  ])('is not that of a text which the definition has, and Senza quotes: %j', (text) => {
    expect(readError(1, `Security Group "${text}" does not exist.`).code).toBe('invalid_definition');
    expect(readError(1, `Could not find any matching SSL certificate for "${text}"`).code).toBe('invalid_definition');
  });

  it.each(['Rate exceeded', 'x is in UPDATE_IN_PROGRESS', 'No AWS credentials found'])(
    'is usage for a value that Senza quotes: %s',
    (text) => {
      const output = `Usage: senza create [OPTIONS]\n\nError: Auto scaling MetricType "${text}" not supported.\n`;
      expect(readError(2, output).code).toBe('usage');
    },
  );

  it('is crashed when a signal that Lizzy did not send ended Senza', () => {
    expect(readError(null, 'Generating Cloud Formation template..').code).toBe('crashed');
  });
});

describe('the sentence that explains a failure', () => {
  it.each([
    ['create-exists', 'Stack bare-1 already exists. Please choose another version.'],
    ['create-missing-parameter', 'Missing parameter "ImageVersion". Need: "ImageVersion Extra"'],
    ['create-no-security-group', 'Security Group "None" does not exist.'],
    ['delete-has-traffic', 'Stack demo-1 has traffic!'],
    ['traffic-no-domain', 'Stack bare version 1 has no domain'],
  ])('of %s is the line in which Senza says it', (name, sentence) => {
    const { exitCode, stderr } = readRecorded(name);
    expect(readError(exitCode, stderr).sentence).toBe(sentence);
  });

  it('is the last line when no rule fits, without the action before it', () => {
    const output = 'Creating Cloud Formation stack a-1.. EXCEPTION OCCURRED: no\nAWS refused the call: no\n';
    expect(readError(1, output)).toEqual({ code: 'unknown', sentence: 'AWS refused the call: no' });
    expect(readError(1, 'Scaling a from 1 to 2 instances.. EXCEPTION OCCURRED: no').sentence).toBe('no');
    expect(readError(1, '').sentence).toBeNull();
  });

  it.each<[string, string]>([
    ['crashed', "Senza crashed: KeyError: 'x' (senza/cli.py, line 1)"],
    ['limit_exceeded', 'Senza was stopped: it used more than 60 seconds of processor time (SENZA_CPU_SECONDS)'],
    ['no_domain', 'Error: Stack plain version 1 has no weighted domain'],
    ['unreachable', 'AWS did not answer: Could not connect to the endpoint URL: "https://x/"'],
    [
      'invalid_definition',
      'definition.yaml is not a valid senza definition: the component "Server" (Senza::X) refers to something that is not there: Stack with id shop-1 does not exist',
    ],
  ])('of the runtime is %s', (code, output) => {
    expect(readError(1, output)).toEqual({ code, sentence: output.replace(/^Error: /, '') });
  });

  it('is found in linear time in whatever Senza writes: a quadratic pattern would take minutes here', () => {
    const texts = ['Stack [', 'x'.repeat(50), 'Connection', 'botocore.exceptions.', 'is in _', 'A.. ', '"', ' '];
    for (const text of texts.flatMap((each) => [each, `${each}\n`]))
      expect(readError(1, text.repeat(Math.ceil(1_048_576 / text.length))).code).toBe('unknown');
  });
});
