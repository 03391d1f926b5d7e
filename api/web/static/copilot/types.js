// The shapes that travel between the widget and the api. Types only: nothing imports this file at run time.

/**
 * @typedef {{id: string, label: string, name: string}} Choice
 *
 * @typedef {object} Passage
 * @property {string} article_id
 * @property {string} title
 * @property {string} heading
 * @property {string} url
 * @property {string} locale
 * @property {string} snippet
 * @property {number} score
 * @property {string[]} [heading_path]
 * @property {[number, number][]} [highlights]  These and the next two: ranges of the snippet, in characters.
 * @property {{number: number, start: number, end: number}[]} [steps]
 * @property {[number, number][]} [code]
 * @property {boolean} [continues]              The article has more steps.
 *
 * @typedef {{article_id: string, title: string, url: string, locale: string}} Related
 *
 * @typedef {object} Answer
 * @property {boolean} confident
 * @property {Passage[]} passages
 * @property {'answer' | 'clarify' | 'person'} [decision]
 * @property {boolean} [clarified]
 * @property {Related[]} [related]
 *
 * @typedef {object} TicketCard
 * @property {string | number} id
 * @property {string} status
 * @property {string | null} priority
 * @property {string | null} category
 * @property {string | null} subcategory
 * @property {string} subject
 * @property {string | null} url
 *
 * @typedef {object} Message
 * @property {number} seq
 * @property {'customer' | 'copilot' | 'agent' | 'system'} role
 * @property {'text' | 'choices' | 'answer' | 'ticket' | 'notice'} kind
 * @property {string} text
 * @property {string} language
 * @property {Choice[]} [choices]
 * @property {string | null} [asks]
 * @property {Answer | null} [answer]
 * @property {TicketCard | null} [ticket]
 * @property {Attachment[]} [attachments]
 * @property {string | null} [client_message_id]
 *
 * @typedef {{id: string, token: string, language: string}} ConversationRef
 * @typedef {ConversationRef & {messages: Message[]}} OpenedConversation
 * @typedef {{turn_id: string, status: 'completed' | 'failed', messages: Message[]}} TurnOutcome
 * @typedef {{id: string, name: string, size: number, media_type: string, note?: string}} Attachment
 *
 * @typedef {object} Upload
 * @property {string} id
 * @property {File} file
 * @property {AbortSignal} signal
 * @property {(share: number) => void} progress  of the file that is sent, 0 to 1
 *
 * @typedef {string | [tag: string, attributes: Record<string, string>, ...children: any[]]} Branch
 * @typedef {{article_id: string, title: string, locale: string, url: string, body: Branch[]}} Article
 *
 * @typedef {object} Ticket
 * @property {string} external_id
 * @property {string} subject
 * @property {{body: string}} comment
 * @property {{id: string, value: string}[]} custom_fields
 *
 * @typedef {import('../copilot-element.js').CopilotContext} CopilotContext
 *
 * @typedef {object} Outgoing            What the customer said, kept until the api has answered it.
 * @property {string} client_message_id
 * @property {string} [text]
 * @property {string} [choice_id]
 * @property {string[]} [attachment_ids]
 * @property {Attachment[]} [files]      What `attachment_ids` name.
 * @property {string} shown              What the bubble says: the text, or the label of the choice.
 *
 * @typedef {'done' | 'sending' | 'waiting' | 'failed'} Delivery
 *
 * @typedef {object} Entry               One line of the conversation as it is shown.
 * @property {string} key
 * @property {number} order              Messages by `seq`; what has none yet comes after what has.
 * @property {Message | null} message
 * @property {Outgoing | null} outgoing
 * @property {Delivery} delivery
 * @property {boolean} stored            The api has an outcome for it, and repeats it for the same id.
 * @property {number} version            Grows with each change, so that the view knows what to draw again.
 *
 * @typedef {object} Opening
 * @property {string} channel
 * @property {string | null} widgetKey
 * @property {string} language
 * @property {string | null} identity
 * @property {CopilotContext | null} context
 *
 * @typedef {{id: string, label: string}} Labelled
 * @typedef {{language: string, vendor: string, web: Record<string, string>} & Record<string, unknown>} CatalogJson
 */

export {};
