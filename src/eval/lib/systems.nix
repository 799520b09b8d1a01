{ lib }: { doubles = { }; }
