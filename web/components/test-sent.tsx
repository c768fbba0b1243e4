import { Link } from '@tanstack/react-router';
import { Button, buttonClass } from './button.tsx';
import { Dialog } from './dialog.tsx';

interface TestSentProps {
  readonly event: string;
  readonly endpoint: string;
  readonly onClose: () => void;
}

/** After a test event was sent: leads to its delivery. */
export function TestSent({ event, endpoint, onClose }: TestSentProps) {
  return (
    <Dialog title="The test event is sent" onClose={onClose}>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Close</Button>
        <Link
          to="/console/deliveries"
          search={{ event, endpoint }}
          onClick={onClose}
          className={buttonClass('primary')}
        >
          Sent: see its delivery
        </Link>
      </div>
    </Dialog>
  );
}
