// The tags of pystache's parser: `{{> name}}` includes a file, `{{=<% %>=}}` renames the delimiters (so that the next
// include looks different).
const INCLUDE_OR_DELIMITERS = /\{\{\s*[>=]/;
const TAG = /\{\{[\s\S]*?\}\}/g;

/**
 * What is wrong with the Mustache tags of a text that Senza will render, or undefined. Partials would read any file
 * called `*.mustache` on the worker, by absolute path too; a tag that is not closed in the same text could be completed
 * by the text that follows it in Senza's rendering.
 */
export function findForbiddenTag(text: string): string | undefined {
  if (INCLUDE_OR_DELIMITERS.test(text))
    return 'Mustache partials ({{> ...}}) and delimiters ({{= ...}}) are not allowed';
  if (text.replace(TAG, '').includes('{{')) return 'A Mustache tag is not closed';
  return undefined;
}
