/**
 * As much of playwright-core as the browser tests use: the types have to be checked on machines that never
 * install this folder's packages, too.
 */
declare module 'playwright-core' {
  export interface Locator {
    click(): Promise<void>;
    fill(text: string): Promise<void>;
    count(): Promise<number>;
    first(): Locator;
    last(): Locator;
    nth(index: number): Locator;
    locator(selector: string, options?: { readonly hasText?: string | RegExp }): Locator;
    innerText(): Promise<string>;
    allInnerTexts(): Promise<readonly string[]>;
    press(key: string): Promise<void>;
    inputValue(): Promise<string>;
    selectOption(value: string): Promise<readonly string[]>;
    getAttribute(name: string): Promise<string | null>;
    isVisible(): Promise<boolean>;
    boundingBox(): Promise<{ readonly x: number; readonly y: number } | null>;
    waitFor(options?: {
      readonly state?: 'visible' | 'hidden' | 'attached';
      readonly timeout?: number;
    }): Promise<void>;
    evaluateAll<T>(body: string): Promise<T>;
    screenshot(options: { readonly path: string }): Promise<Uint8Array>;
  }

  export interface Page {
    goto(url: string): Promise<{ status(): number } | null>;
    url(): string;
    title(): Promise<string>;
    locator(selector: string, options?: { readonly hasText?: string | RegExp }): Locator;
    evaluate<T>(expression: string): Promise<T>;
    on(event: 'pageerror', listener: (error: Error) => void): void;
    on(event: 'console', listener: (message: { type(): string; text(): string }) => void): void;
    on(event: 'request', listener: (request: { url(): string }) => void): void;
    on(event: 'dialog', listener: (dialog: { message(): string; dismiss(): Promise<void> }) => void): void;
    screenshot(options: { readonly path: string; readonly fullPage?: boolean }): Promise<Uint8Array>;
    waitForURL(url: RegExp): Promise<void>;
    reload(): Promise<unknown>;
    close(): Promise<void>;
  }

  export interface BrowserContext {
    newPage(): Promise<Page>;
    close(): Promise<void>;
  }

  export interface Browser {
    newContext(options?: {
      readonly colorScheme?: 'light' | 'dark';
      readonly viewport?: { readonly width: number; readonly height: number };
      readonly javaScriptEnabled?: boolean;
      readonly deviceScaleFactor?: number;
    }): Promise<BrowserContext>;
    close(): Promise<void>;
  }

  export const chromium: {
    launch(options: {
      readonly executablePath: string;
      readonly args: readonly string[];
      readonly timeout?: number;
    }): Promise<Browser>;
  };
}
