// Settings of one text.
import { TextArea, TextInput } from '#web/components/form.tsx';
import type { SettingProps } from './setting.ts';

type TextProps = SettingProps<string>;

const marks = ({ id, noteId, isWrong }: TextProps) => ({
  id,
  'aria-describedby': noteId,
  'aria-invalid': isWrong(''),
});

export function UrlField(props: TextProps) {
  return <TextInput {...marks(props)} type="url" required value={props.draft} onChange={props.onChange} />;
}

export function LineField(props: TextProps) {
  return <TextInput {...marks(props)} value={props.draft} onChange={props.onChange} />;
}

export function NumberField(props: TextProps) {
  return (
    <TextInput
      {...marks(props)}
      inputMode="numeric"
      placeholder="default"
      value={props.draft}
      onChange={props.onChange}
    />
  );
}

export function LinesField(props: TextProps) {
  return <TextArea {...marks(props)} rows={3} value={props.draft} onChange={props.onChange} />;
}
