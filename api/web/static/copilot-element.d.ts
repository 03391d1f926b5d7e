// The widget's programming interface, for hosts that check their code with TypeScript:
//   /// <reference path="copilot-element.d.ts" />

/** What the host application knows of the moment. Agents see it with the ticket. */
export interface CopilotContext {
  /** The screen that is open, by its name or path. */
  page?: string;
  app_version?: string;
  /** The last message that the application showed to the customer. */
  last_error?: string;
}

export interface CopilotMessage {
  seq: number;
  role: 'customer' | 'copilot' | 'agent' | 'system';
  kind: 'text' | 'choices' | 'answer' | 'ticket' | 'notice';
  text: string;
  language: string;
}

export interface CopilotTicket {
  id: string | number;
  status: string;
  priority: string | null;
  subject: string;
  url: string | null;
}

/** Event names with what a handler gets. As DOM events they are called `copilot-<name>`, with the same as `detail`. */
export interface CopilotEvents {
  /** The launcher can be used and speaks its language. */
  ready: { language: string };
  open: Record<string, never>;
  close: Record<string, never>;
  /** Somebody else than the customer said something. */
  message: CopilotMessage;
  ticket: CopilotTicket;
  /** How much was said that the customer has not seen. */
  unread: { count: number };
  /** The conversation has turned to another language. */
  language: { language: string };
  /** The signed token was refused, or the session is over: answer with a fresh token, or a promise of one. */
  'identity-refused': { renew(token: string | Promise<string>): void };
}

export interface CopilotElement extends HTMLElement {
  readonly isOpen: boolean;
  readonly unreadCount: number;
  open(): void;
  close(): void;
  toggle(): void;
  /** `es`, `en`, `pt` ...: of the frame at once, of the conversation where it asks for one or has not begun. */
  setLanguage(language: string): void;
  /** The customer who is signed in at the host, vouched for by a signed token. */
  identify(jwt: string): void;
  /** Nobody is signed in any more: the conversation is forgotten in this browser. */
  logout(): void;
  /** Replaces what was told before. */
  setContext(context: CopilotContext): void;
  /** Calls `handler` for every such event, until the returned function is called. */
  on<Name extends keyof CopilotEvents>(event: Name, handler: (detail: CopilotEvents[Name]) => void): () => void;
}

/** `window.copilotSettings`, for the snippet without an element. */
export interface CopilotSettings {
  api?: string;
  widget_key?: string;
  language?: string;
  channel?: 'widget' | 'admin' | 'helpcenter';
  identity?: string;
  theme?: 'light' | 'dark';
  launcher?: 'none';
  open?: boolean;
  context?: CopilotContext;
}

type Methods = 'open' | 'close' | 'toggle' | 'setLanguage' | 'identify' | 'logout' | 'setContext' | 'on';

declare global {
  interface Window {
    copilotSettings?: CopilotSettings;
    /** `copilot('open')`, `copilot('on', 'message', handler)` ...: before the widget has come, calls wait for it. */
    copilot?: { (method: Methods, ...values: any[]): void; q?: any[][] };
  }
  interface HTMLElementEventMap {
    'copilot-ready': CustomEvent<CopilotEvents['ready']>;
    'copilot-open': CustomEvent<CopilotEvents['open']>;
    'copilot-close': CustomEvent<CopilotEvents['close']>;
    'copilot-message': CustomEvent<CopilotEvents['message']>;
    'copilot-ticket': CustomEvent<CopilotEvents['ticket']>;
    'copilot-unread': CustomEvent<CopilotEvents['unread']>;
    'copilot-language': CustomEvent<CopilotEvents['language']>;
    'copilot-identity-refused': CustomEvent<CopilotEvents['identity-refused']>;
  }
}
