import { ApiHeader } from '@nestjs/swagger';

/** Documents `Idempotency-Key`. */
export function ApiIdempotencyKey(): MethodDecorator & ClassDecorator {
  return ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description:
      'Makes it safe to send a request again: for 24 hours the same key with the same body is answered with the first job.',
    schema: { type: 'string', minLength: 1, maxLength: 255, example: 'pipeline-4711-deploy' },
  });
}
