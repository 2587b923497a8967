import { LRUCache } from 'lru-cache';
import { type JobPageView } from './job.dto.js';

/** How much memory the pages may need, in bytes: some hundred pages of 50 jobs. */
const MAX_BYTES = 12 * 1024 * 1024;

const START = Buffer.from('{"items":[');
const COMMA = Buffer.from(',');

interface PageBody {
  readonly items: readonly Buffer[];
  readonly end: string;
  readonly bytes: Buffer;
}

/**
 * Makes pages of the history (`JobPageView`) of jobs that are JSON already. A page that consists of the same parts as the last one with
 * its name is that one: to allocate 100 KB for each response takes longer than to find out.
 */
export class PageBodies {
  private readonly bodies = new LRUCache<string, PageBody>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ bytes }) => bytes.length,
  });

  /** The page as JSON in UTF-8. @param name names the page, for instance by its address */
  body(name: string, items: readonly Buffer[], others: Omit<JobPageView, 'items'>): Buffer {
    const end = `],${JSON.stringify(others).slice(1)}`;
    const last = this.bodies.get(name);
    if (last?.end === end && last.items.length === items.length && items.every((item, at) => item === last.items[at]))
      return last.bytes;
    const separated = items.flatMap((item, index) => (index === 0 ? [item] : [COMMA, item]));
    const bytes = Buffer.concat([START, ...separated, Buffer.from(end)]);
    this.bodies.set(name, { items, end, bytes });
    return bytes;
  }
}
