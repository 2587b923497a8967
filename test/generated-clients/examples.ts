import { z } from 'zod';

const parameter = z.object({
  name: z.string(),
  in: z.string(),
  example: z.string().optional(),
  schema: z.looseObject({ example: z.string().optional() }),
});
const content = z.record(z.string(), z.object({ example: z.unknown().optional() }));
const operation = z.object({
  operationId: z.string(),
  parameters: z.array(parameter).default([]),
  requestBody: z.object({ content }).optional(),
  responses: z.record(z.string(), z.object({ content: content.optional() })),
});
const document = z.object({ paths: z.record(z.string(), z.record(z.string(), operation)) });

/** A request as the console fills it in: with the examples of the OpenAPI document. */
export interface FilledRequest {
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: unknown;
  /** The responses and bodies that have no example. */
  readonly missing: readonly string[];
}

/** The pre-filled requests of all operations of an OpenAPI document. */
export function filledRequests(openapi: unknown): FilledRequest[] {
  return Object.entries(document.parse(openapi).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, parameters, requestBody, responses }]) => {
      const exampleOf = ({ example, schema }: z.output<typeof parameter>): string | undefined =>
        example ?? schema.example;
      const query = new URLSearchParams();
      for (const each of parameters.filter(({ in: place }) => place === 'query')) {
        const value = exampleOf(each);
        if (value !== undefined) query.set(each.name, value);
      }
      const contents: [string, z.output<typeof content>][] = [
        ['request', requestBody?.content ?? {}],
        ...Object.entries(responses).map(([status, response]): [string, z.output<typeof content>] => [
          status,
          response.content ?? {},
        ]),
      ];
      const missing = [
        ...parameters.filter((each) => each.in === 'path' && exampleOf(each) === undefined).map(({ name }) => name),
        ...contents.flatMap(([status, types]) =>
          Object.entries(types).flatMap(([type, { example }]) => (example === undefined ? [`${status} ${type}`] : [])),
        ),
      ];
      const body = requestBody?.content['application/json']?.example;
      return { operation: operationId, method: method.toUpperCase(), path, query: query.toString(), body, missing };
    }),
  );
}
