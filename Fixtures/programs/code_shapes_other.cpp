// The other half of code_shapes.cpp, so that its compiler knows nothing of these.
extern "C" {
volatile int noted;
void note(int value) { noted = value; }
int opaque(int value) { return value + noted; }
}
