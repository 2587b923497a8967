import { type OpenAPIObject } from '@nestjs/swagger';
import { EXAMPLES, problemExample } from './examples/index.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** Gives each operation of the document an example of its path, its body and its responses. Changes the document. */
export function addExamples({ paths }: OpenAPIObject): void {
  for (const path of Object.values(paths)) {
    for (const method of METHODS) {
      const operation = path[method];
      if (operation !== undefined) addTo(operation);
    }
  }
}

function addTo(operation: Operation): void {
  const { path = {}, body, answers = {} } = EXAMPLES[operation.operationId ?? ''] ?? {};
  for (const parameter of operation.parameters ?? []) {
    if ('in' in parameter && parameter.in === 'path') parameter.example = path[parameter.name];
  }
  const { requestBody, responses } = operation;
  if (body !== undefined && requestBody !== undefined && 'content' in requestBody) {
    const content = requestBody.content['application/json'];
    if (content !== undefined) content.example = body;
  }
  for (const [status, response] of Object.entries(responses)) {
    if (response === undefined || !('content' in response)) continue;
    for (const [type, content] of Object.entries(response.content ?? {})) {
      content.example = type.includes('problem') ? problemExample(Number(status)) : answers[`${status} ${type}`];
    }
  }
}
