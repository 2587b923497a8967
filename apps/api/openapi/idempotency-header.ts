import { ApiHeader } from '@nestjs/swagger';

/** Documents `Idempotency-Key`. */
export function ApiIdempotencyKey(): MethodDecorator & ClassDecorator {
  return ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    // No example: the console would send it, and answer every further try with the first job.
    description:
      'Makes it safe to send a request again: for 24 hours the same key with the same body is answered with the first job.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  });
}
