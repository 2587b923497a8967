/** What keeps Lizzy from starting, in one sentence for the user, with the details that help. */
export class UserError extends Error {
  constructor(sentence, details = '') {
    super(sentence);
    this.details = details;
  }
}
