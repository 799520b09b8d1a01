{ lib }: { ipv6 = { }; }
