// Validates the OpenAPI document on standard input by two validators; a process of its own, because Jest on Node 20
// cannot load one of them (it requires an ES module).
import { json } from 'node:stream/consumers';
import SwaggerParser from '@apidevtools/swagger-parser';
import { Validator } from '@seriousme/openapi-schema-validator';

const document = await json(process.stdin);
const { valid, errors } = await new Validator().validate(structuredClone(document));
if (!valid) throw new Error(JSON.stringify(errors, undefined, 1));
await SwaggerParser.validate(document);
