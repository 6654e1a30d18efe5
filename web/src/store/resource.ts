import { useEffect, useState } from "react";

/** Something that is open for as long as the component lives and `key` stays; null until then, and for a null key. */
export function useResource<T extends { close(): void }>(key: string | null, create: (key: string) => T): T | null {
  const [value, setValue] = useState<T | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says what is created
  useEffect(() => {
    if (key === null) return;
    const resource = create(key);
    setValue(resource);
    return () => {
      resource.close();
      setValue(null);
    };
  }, [key]);
  return value;
}
