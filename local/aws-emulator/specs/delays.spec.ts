import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DeleteStackCommand, DescribeStacksCommand, ListStacksCommand } from '@aws-sdk/client-cloudformation';
import { until } from '../../services/index.js';
import { EmulatedAws, queues } from './aws-clients.js';

describe('eventual consistency', () => {
  let aws: EmulatedAws;
  beforeAll(async () => {
    aws = await EmulatedAws.start();
  });
  afterAll(async () => {
    await aws.stop();
  });
  const listedAs = async (name: string): Promise<string | undefined> =>
    (await aws.listed()).find(({ StackName }) => StackName === name)?.StackStatus;

  it('lists a new stack, its states and its deletion later', async () => {
    const { control } = aws.emulator;
    await control.changeSettings({ list_lag_seconds: 600 });
    await aws.create('late-1', queues('late'));
    expect([await aws.statusOf('late-1'), await listedAs('late-1')]).toEqual(['CREATE_COMPLETE', undefined]);
    await control.changeSettings({ list_lag_seconds: 0 });
    expect(await listedAs('late-1')).toBe('CREATE_COMPLETE');
    await control.changeSettings({ list_lag_seconds: 5 });
    await until('the creation to be old enough', async () => (await listedAs('late-1')) === 'CREATE_COMPLETE');
    await aws.cloudFormation.send(new DeleteStackCommand({ StackName: 'late-1' }));
    expect(await listedAs('late-1')).toBe('CREATE_COMPLETE');
    await until('the deletion to be listed', async () => (await listedAs('late-1')) === 'DELETE_COMPLETE');
    await control.changeSettings({ list_lag_seconds: 0 });
  });

  it('shows the tags of a new stack later', async () => {
    const tagsOf = async (): Promise<unknown> =>
      (await aws.cloudFormation.send(new DescribeStacksCommand({ StackName: 'tagged-1' }))).Stacks?.[0]?.Tags;
    await aws.emulator.control.changeSettings({ tag_lag_seconds: 600 });
    await aws.create('tagged-1', queues('tagged'), { Tags: [{ Key: 'Owner', Value: 'me' }] });
    expect(await tagsOf()).toEqual([]);
    await aws.emulator.control.changeSettings({ tag_lag_seconds: 0 });
    expect(await tagsOf()).toEqual([{ Key: 'Owner', Value: 'me' }]);
  });

  it('pages at the size that a test sets', async () => {
    await aws.create('page-1', queues('page-one'));
    await aws.create('page-2', queues('page-two'));
    await aws.emulator.control.changeSettings({ page_size: 1 });
    const first = await aws.cloudFormation.send(new ListStacksCommand({}));
    expect(first.StackSummaries?.map(({ StackName }) => StackName)).toEqual(['page-2']);
    const second = await aws.cloudFormation.send(new ListStacksCommand({ NextToken: first.NextToken }));
    expect(second.StackSummaries?.map(({ StackName }) => StackName)).toEqual(['page-1']);
    await aws.emulator.control.changeSettings({ page_size: 0 });
  });

  it('throttles more calls than its rate', async () => {
    await aws.emulator.control.changeSettings({ cloudformation_calls_per_second: 1 });
    await expect(Promise.all(Array.from({ length: 4 }, () => aws.listed()))).rejects.toMatchObject({
      name: 'Throttling',
    });
    await aws.emulator.control.changeSettings({ cloudformation_calls_per_second: 0 });
  });

  it('rejects a setting that it does not know', async () => {
    const response = await fetch(`${aws.emulator.url}/lizzy-emulator/settings`, { method: 'POST', body: '{"lag": 1}' });
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining("no setting 'lag'")]);
  });
});
