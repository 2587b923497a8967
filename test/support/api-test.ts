import { afterAll } from '@jest/globals';
import { type TestApi } from './api-in-process.js';
import { TestEnvironment } from './test-environment.js';

/** An API in the test's process, and what it needs. */
export interface ApiTest {
  readonly environment: TestEnvironment;
  readonly api: TestApi;
}

/** Starts a Valkey, a token server and an API in this process, for all tests of a file. @param env variables of the API */
export async function startApiTest(env: Readonly<Record<string, string>> = {}): Promise<ApiTest> {
  const environment = await TestEnvironment.start({ aws: false, tokens: true });
  try {
    const api = await environment.apiInProcess(env);
    afterAll(() => environment.stop());
    return { environment, api };
  } catch (error) {
    await environment.stop();
    throw error;
  }
}
