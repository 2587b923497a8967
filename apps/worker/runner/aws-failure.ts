import { type AwsError } from '#aws';
import { JobFailure } from '#jobs';

/** What a job or a read fails with when AWS cannot be looked at. */
export function awsFailure(error: AwsError): JobFailure {
  const { code, message } = error;
  switch (code) {
    case 'throttled':
    case 'no_credentials':
      return new JobFailure(code, message, {}, { cause: error });
    case 'unavailable':
    case 'refused':
    case 'invalid':
    case 'unknown':
      return new JobFailure('aws_unavailable', message, { aws_error: code }, { cause: error });
  }
}
