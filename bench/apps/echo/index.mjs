// The bench's function: answers a message with its own body, and every other event with 200.
export const handler = async (event) => ({ statusCode: 200, body: event.body });
