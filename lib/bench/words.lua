-- Common short English words, which the usual vocabularies hold as one token each with the space before them.
local words = {}

for word in ([[
about above after again ago air all along also am among an and any are area arm art as ask at away back ball band
bank bar base be bed been best big bird black blood blue board boat body book both box boy bring build bus but buy
by call came can car care case cat cause cell child city class clear close cold come cook cost could count cup cut
dark data day dead deal deep did do dog done door down draw dream dress drive drop dry each early earth east easy
eat edge egg end even ever every eye face fact fair fall far farm fast feel feet few field fight fill film final
find fine fire fish five floor fly food foot for force form found four free fresh front full fun game gave girl give
glass go gold gone good got great green grew group grow hair half hall hand hard has have he head hear heart heat
held help her here high hill him his hit hold hole home hope horse hot hour house how idea if in iron is it job join
just keep kept kind king knew know lake land large last late law lay lead learn least left less let level lie life
light like line list live long look lost lot love low made main make man many map mark may mean meat meet men might
mile milk mind miss money month moon more most move much music must name near need never new news next night nine no
north nose not note now of off oil old on once one only open or order other our out over own page pair paper park
part party pass past pay peace plan plant play point pool poor power press price prove pull put queen quick quite
race rain ran reach read real red rest rice rich ride right ring rise river road rock roll room round row rule run
sad safe said salt same sand save saw say sea seat see seem sell send sense set seven shall shape share she ship
shoe shop short show side sign since sing sit site six size skin sky sleep slow small snow so soft soil some son
song soon sort sound south space speak spend sport stand star start state stay step still stone stop store story
study such sugar sun sure table take talk tall tax tea teach team tell ten test than that the their them then there
these they thin thing think this those three time to today told too took top total touch town trade train tree trip
true try turn two type under until up upon us use usual very view visit voice vote wait walk wall want war warm was
wash watch water wave way we wear week well went were west what wheel when where which while white who whole why
wide wife wild will wind wish with woman wood word work world worth would write year yes yet you young your
]]):gmatch("%a+") do
  words[#words + 1] = word
end

return words
