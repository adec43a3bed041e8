// A shared library, but no backend.
int answer(void);
int answer(void) { return 42; }
