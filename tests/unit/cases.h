/* Every unit test case, in the order of the tree: CASE(x) runs test_x(). */
CASE(reader)
CASE(writer)
CASE(list)
