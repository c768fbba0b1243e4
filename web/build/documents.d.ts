declare module 'virtual:documents' {
  /** One part of a document, from a heading to the next. */
  export interface Section {
    readonly id: string;
    readonly title: string;
    readonly depth: number;
    readonly html: string;
    readonly text: string;
  }

  /** A Markdown file of the project. */
  export interface Document {
    readonly slug: string;
    readonly title: string;
    readonly group: string;
    readonly load: () => Promise<{ readonly sections: readonly Section[] }>;
  }

  export const documents: readonly Document[];
}
